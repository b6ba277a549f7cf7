"""SOAP envelopes: reading a call, writing a result or a fault."""

from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree
from defusedxml import DefusedXmlException

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.xml_text import xml_text

_SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
_START = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"'
)
_SCHEMA = ' xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
_INSTANCE = ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


@dataclass(frozen=True)
class Call:
    """One SOAP call: its operation, the operation's parameters, and the session id, if any.

    `element` is the operation as it was sent, `headers` are the SOAP headers by name.
    """

    operation: str
    parameters: Mapping[str, str]
    session_id: str | None
    element: Element
    headers: Mapping[str, Element]


def read_call(body: bytes) -> Call:
    """Read an envelope; entity declarations and whatever is no call raise a SalesforceError."""
    try:
        root = defusedxml.ElementTree.fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as problem:
        raise SalesforceError("soapenv:Client", f"The request is not XML: {problem}") from problem
    operation = next(iter(root.find(f"{_SOAP}Body") or ()), None)
    if operation is None:
        raise SalesforceError("soapenv:Client", "No operation found in the SOAP body")
    parameters = {local_name(child): child.text or "" for child in operation}
    headers = {local_name(header): header for header in root.iterfind(f"{_SOAP}Header/*")}
    return Call(local_name(operation), parameters, _session_id(headers), operation, headers)


def _session_id(headers: Mapping[str, Element]) -> str | None:
    header = headers.get("SessionHeader")
    parts = header if header is not None else ()
    return next((c.text for c in parts if local_name(c) == "sessionId"), None)


def local_name(element: Element) -> str:
    """Return an element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def result_envelope(
    operation: str, result: Mapping[str, object] | None, api: str = "partner"
) -> bytes:
    """Return the answer to an operation of the `partner` or the `enterprise` API.

    No prefix on its elements, as clients look for names.
    """
    inner = _elements({"result": result}) if result is not None else ""
    return (
        f'{_START} xmlns="urn:{api}.soap.sforce.com"{_INSTANCE}><soapenv:Body>'
        f"<{operation}Response>{inner}</{operation}Response></soapenv:Body></soapenv:Envelope>"
    ).encode()


def data_envelope(operation: str, header: str, results: str, api: str = "partner") -> bytes:
    """Return the answer to an operation on data; its records are in a namespace of their own."""
    return (
        f'{_START} xmlns="urn:{api}.soap.sforce.com"{_SCHEMA}{_INSTANCE}'
        f' xmlns:sf="urn:sobject.{api}.soap.sforce.com">'
        f"<soapenv:Header>{header}</soapenv:Header><soapenv:Body>"
        f"<{operation}Response>{results}</{operation}Response></soapenv:Body></soapenv:Envelope>"
    ).encode()


def fault_envelope(
    error: SalesforceError,
    fault_type: str,
    more: Mapping[str, str] | None = None,
    api: str = "partner",
) -> bytes:
    """Return a fault; clients look for the literal names ``sf:exceptionCode`` and the like.

    `more` are further elements of this type of fault.
    """
    code, message = xml_text(error.code), xml_text(error.message)
    rest = "".join(
        f"<sf:{name}>{xml_text(text)}</sf:{name}>" for name, text in (more or {}).items()
    )
    faultcode = code if ":" in code or fault_type == "LoginFault" else f"sf:{code}"
    return (
        f'{_START} xmlns:sf="urn:fault.{api}.soap.sforce.com"{_INSTANCE}><soapenv:Body>'
        f"<soapenv:Fault><faultcode>{faultcode}</faultcode>"
        f"<faultstring>{code}: {message}</faultstring>"
        f'<detail><sf:{fault_type} xsi:type="sf:{fault_type}">'
        f"<sf:exceptionCode>{code}</sf:exceptionCode>"
        f"<sf:exceptionMessage>{message}</sf:exceptionMessage>{rest}"
        f"</sf:{fault_type}></detail></soapenv:Fault></soapenv:Body></soapenv:Envelope>"
    ).encode()


def _elements(values: Mapping[str, object]) -> str:
    return "".join(_element(name, value) for name, value in values.items())


def _element(name: str, value: object) -> str:
    if value is None:
        return f'<{name} xsi:nil="true"/>'
    if isinstance(value, Mapping):
        return f"<{name}>{_elements(value)}</{name}>"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"<{name}>{xml_text(text)}</{name}>"
