"""One spelling for an e-mail address, so that one person is never taken for two."""

import unicodedata

LONGEST_EMAIL = 254


def normalise_email(text: str | None) -> str:
    """Return an address trimmed, in lower case and in Unicode's composed form.

    An empty string stands for no address: nothing given, or more than any mail system takes
    (RFC 5321 allows 254 characters).
    """
    address = (text or "").strip().lower()
    if not address.isascii():
        address = unicodedata.normalize("NFC", address)
    return address if len(address) <= LONGEST_EMAIL else ""
