"""Texts inside XML."""

import re
from xml.sax.saxutils import escape

# Control characters and halves of surrogate pairs have no place in XML, escaped or not.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def xml_text(text: str) -> str:
    """Return a text as it is written between tags, without what XML cannot hold."""
    return escape(_FORBIDDEN.sub("", text))
