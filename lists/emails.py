"""One spelling for an e-mail address, so that one person is never taken for two."""

import unicodedata

LONGEST_EMAIL = 254
# Begins a label of a domain name that spells other letters in ASCII (RFC 5890).
ASCII_LABEL = "xn--"


def normalise_email(text: str | None) -> str:
    """Return an address trimmed, in lower case, its domain in its own letters, in composed form.

    An empty string stands for no address: nothing given, or more than any mail system takes
    (RFC 5321 allows 254 characters).
    """
    address = (text or "").strip().lower()
    if ASCII_LABEL in address:
        local, at, domain = address.rpartition("@")
        address = local + at + ".".join(map(_read_label, domain.split(".")))
    if not address.isascii():
        address = _compose(address)
    return address if len(address) <= LONGEST_EMAIL else ""


def list_spellings(address: str) -> list[str]:
    """Return the spellings in which another program may keep a normalised address."""
    if address.isascii():
        return [address]
    local, at, domain = address.rpartition("@")
    in_ascii = local + at + ".".join(map(_write_label, domain.split(".")))
    return list(dict.fromkeys([address, unicodedata.normalize("NFD", address), in_ascii]))


def _read_label(label: str) -> str:
    """Return the letters that a label of a domain name spells; one that spells none as it is."""
    if not label.startswith(ASCII_LABEL):
        return label
    try:
        letters = label.removeprefix(ASCII_LABEL).encode("ascii").decode("punycode")
    except UnicodeError:
        return label
    is_sound = letters.isprintable() and _compose(letters.lower()) == letters
    return letters if is_sound and _write_label(letters) == label else label


def _compose(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _write_label(label: str) -> str:
    if label.isascii():
        return label
    return ASCII_LABEL + label.encode("punycode").decode("ascii")
