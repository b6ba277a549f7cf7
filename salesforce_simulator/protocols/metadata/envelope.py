"""SOAP envelopes of the Metadata API: nested calls in, results or faults out."""

from collections.abc import Mapping
from dataclasses import dataclass

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.metadata.nodes import NAMESPACE, Node, read_xml
from salesforce_simulator.organisation.metadata.problems import ComponentError
from salesforce_simulator.organisation.xml_text import xml_text

_START = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)
_END = "</soapenv:Body></soapenv:Envelope>"


@dataclass(frozen=True)
class Call:
    """One call: the body's element, whose name is the operation, and the headers by name."""

    operation: Node
    headers: Mapping[str, Node]

    @property
    def session_id(self) -> str:
        """Return the session id of the header, or an empty text."""
        header = self.headers.get("SessionHeader")
        return header.get("sessionId").strip() if header else ""


def read_call(body: bytes) -> Call:
    """Read an envelope; whatever is no call raises a SalesforceError."""
    try:
        root = read_xml(body)
    except ComponentError as problem:
        raise SalesforceError("soapenv:Client", problem.problem) from problem
    found = root.child("Body")
    if root.name != "Envelope" or found is None or not found.children:
        raise SalesforceError("soapenv:Client", "No operation found in the SOAP body")
    header = root.child("Header") or Node("Header")
    return Call(found.children[0], {child.name: child for child in header.children})


def result_envelope(operation: str, result: object) -> bytes:
    """Return the answer to an operation; a list becomes several `result` elements."""
    inner = "".join(_element("result", result))
    name = f"{operation}Response"
    body = f"<{name}>{inner}</{name}>"
    return f'{_START} xmlns="{NAMESPACE}"><soapenv:Body>{body}{_END}'.encode()


def fault_envelope(error: SalesforceError) -> bytes:
    """Return a fault; this API's faults have a code and a text, and no detail."""
    code, message = xml_text(error.code), xml_text(error.message)
    faultcode = code if ":" in code else f"sf:{code}"
    text = message if ":" in code else f"{code}: {message}"
    fault = f"<faultcode>{faultcode}</faultcode><faultstring>{text}</faultstring>"
    body = f"<soapenv:Fault>{fault}</soapenv:Fault>"
    return f'{_START} xmlns:sf="{NAMESPACE}"><soapenv:Body>{body}{_END}'.encode()


def _element(name: str, value: object) -> list[str]:
    """Return an element's XML; what is None is left out."""
    if value is None:
        return []
    if isinstance(value, list):
        return [part for item in value for part in _element(name, item)]
    if isinstance(value, Node):
        return _node(name, value)
    if isinstance(value, Mapping):
        inner = [part for key, item in value.items() for part in _element(key, item)]
        return [f"<{name}>", *inner, f"</{name}>"]
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return [f"<{name}>{xml_text(text)}</{name}>"]


def _node(name: str, node: Node) -> list[str]:
    kind = f' xsi:type="{node.kind}"' if node.kind else ""
    if not node.children and not node.text and node.kind is not None:
        return [f"<{name}{kind}/>"]
    inner = [part for child in node.children for part in _node(child.name, child)]
    return [f"<{name}{kind}>", *(inner or [xml_text(node.text)]), f"</{name}>"]
