"""XML as metadata files and calls have it: elements with texts, and where they stood."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

import defusedxml.sax
from defusedxml import DefusedXmlException

from salesforce_simulator.organisation.metadata.problems import ComponentError
from salesforce_simulator.organisation.xml_text import xml_text

NAMESPACE = "http://soap.sforce.com/2006/04/metadata"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass(frozen=True)
class Node:
    """An element without its namespace.

    `line` and `column` tell where its start tag ends, as Salesforce's complaints do. `kind` is its
    `xsi:type`. Two nodes are equal when their names, texts and children are.
    """

    name: str
    text: str = ""
    children: "tuple[Node, ...]" = ()
    kind: str | None = field(default=None, compare=False)
    line: int | None = field(default=None, compare=False)
    column: int | None = field(default=None, compare=False)

    def child(self, name: str) -> "Node | None":
        """Return the first child of that name, or None."""
        return next((child for child in self.children if child.name == name), None)

    def all(self, name: str) -> "list[Node]":
        """Return the children of that name."""
        return [child for child in self.children if child.name == name]

    def get(self, name: str, default: str = "") -> str:
        """Return the text of the first child of that name."""
        child = self.child(name)
        return default if child is None else child.text

    def texts(self, name: str) -> list[str]:
        """Return the texts of the children of that name."""
        return [child.text for child in self.children if child.name == name]

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a truth value."""
        return self.get(name, str(default)).strip().lower() in {"true", "1"}

    def with_name(self, name: str) -> "Node":
        """Return the same element under another name."""
        return Node(name, self.text, self.children, line=self.line, column=self.column)

    def without(self, *names: str) -> "Node":
        """Return the same element without its children of these names."""
        rest = tuple(child for child in self.children if child.name not in names)
        return Node(self.name, self.text, rest, line=self.line, column=self.column)

    def plus(self, children: "Iterable[Node]") -> "Node":
        """Return the same element with more children, all in the order of their names."""
        together = sorted((*self.children, *children), key=lambda child: child.name)
        return Node(self.name, self.text, tuple(together), line=self.line, column=self.column)


def leaf(name: str, value: object) -> Node:
    """Return an element with a text; a truth value is written as XML does."""
    return Node(name, str(value).lower() if isinstance(value, bool) else str(value))


def read_xml(data: bytes) -> Node:
    """Return the root of a document; ComponentError with line and column when it is none.

    A document with a DTD or entities of its own is none.
    """
    reader = _Reader()
    try:
        defusedxml.sax.parseString(data, reader, forbid_dtd=True)
    except SAXParseException as error:
        message = f"Error parsing file: {error.getMessage()}"
        raise ComponentError(
            message, error.getLineNumber(), (error.getColumnNumber() or 0) + 1
        ) from error
    except (DefusedXmlException, ValueError) as error:
        raise ComponentError("Error parsing file: DOCTYPE is disallowed", 1, 1) from error
    return reader.root()


def write_xml(node: Node) -> bytes:
    """Return a metadata file with this root."""
    lines = [_DECLARATION, f'<{node.name} xmlns="{NAMESPACE}">\n']
    for child in node.children:
        _write(child, "    ", lines)
    lines.append(f"</{node.name}>\n")
    return "".join(lines).encode()


def _write(node: Node, indent: str, lines: list[str]) -> None:
    if not node.children:
        lines.append(f"{indent}<{node.name}>{xml_text(node.text)}</{node.name}>\n")
        return
    lines.append(f"{indent}<{node.name}>\n")
    for child in node.children:
        _write(child, indent + "    ", lines)
    lines.append(f"{indent}</{node.name}>\n")


@dataclass
class _Open:
    name: str
    kind: str | None
    line: int
    column: int
    text: list[str] = field(default_factory=list)
    children: list[Node] = field(default_factory=list)

    def close(self) -> Node:
        text = "" if self.children else "".join(self.text)
        return Node(self.name, text, tuple(self.children), self.kind, self.line, self.column)


class _Reader(ContentHandler):
    """Builds nodes from SAX events, which know lines and columns."""

    def __init__(self) -> None:
        super().__init__()
        self._open: list[_Open] = [_Open("", None, 0, 0)]

    def root(self) -> Node:
        return self._open[0].children[0]

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - SAX's name
        locator = self._locator  # type: ignore[attr-defined]  # the parser has set it
        kind = next((v for k, v in attrs.items() if k.endswith(":type")), None)
        end = (locator.getColumnNumber() or 0) + len(name) + 3
        local = name.rpartition(":")[2]
        kind = kind.rpartition(":")[2] if kind else None
        self._open.append(_Open(local, kind, locator.getLineNumber() or 0, end))

    def characters(self, content: str) -> None:
        self._open[-1].text.append(content)

    def endElement(self, name: str) -> None:  # noqa: N802, ARG002 - SAX's name and argument
        closed = self._open.pop().close()
        self._open[-1].children.append(closed)
