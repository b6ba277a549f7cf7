"""Values as elements of the partner API: dates in UTC with a Z, nil for nothing."""

import re
from collections.abc import Iterable, Mapping
from xml.sax.saxutils import escape

_REST_DATETIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3})\+0000")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class Markup(str):
    """Text that is XML already."""

    __slots__ = ()


def text_of(value: object) -> str:
    """Return a scalar as XML text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    moment = _REST_DATETIME.fullmatch(text)
    # What XML cannot say at all becomes a question mark; a carriage return must be spelt out.
    return f"{moment[1]}Z" if moment else escape(_ILLEGAL.sub("?", text), {"\r": "&#13;"})


def element(name: str, value: object, attributes: str = "") -> Markup:
    """Return one element; a list becomes an element per item, None becomes nil."""
    if isinstance(value, list | tuple):
        return join(element(name, item, attributes) for item in value)
    if value is None:
        return Markup(f'<{name} xsi:nil="true"/>')
    if isinstance(value, Mapping):
        inner: str = elements(value)
    else:
        inner = value if isinstance(value, Markup) else text_of(value)
    return Markup(f"<{name}{attributes}>{inner}</{name}>")


def elements(values: Mapping[str, object]) -> Markup:
    """Return the elements of a mapping in its order."""
    return join(element(name, value) for name, value in values.items())


def join(parts: Iterable[str]) -> Markup:
    """Return the parts one after the other."""
    return Markup("".join(parts))


def typed(name: str, value: object) -> Markup:
    """Return an element that says its type, as an anyType has to."""
    kinds = {bool: "boolean", int: "int", float: "double"}
    kind = kinds.get(type(value), "string")
    return element(name, value, f' xsi:type="xsd:{kind}"')
