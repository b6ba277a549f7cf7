"""Salesforce record ids: 15 case-sensitive characters, or the same with a 3-character checksum.

Reports, URLs and some old interfaces give 15 characters, the APIs 18. Everything
here is kept with 18, so that two spellings of one record never look like two.
"""

import re

_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?", re.ASCII)
_SHORT_LENGTH = 15
_CHECKSUM_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def normalise_id(salesforce_id: str) -> str:
    """Return the 18-character form of a 15- or 18-character record id.

    The checksum of an 18-character id also repairs letters whose case was lost
    on the way (spreadsheets do that). Raises ValueError for anything else.
    """
    if not _ID.fullmatch(salesforce_id):
        raise ValueError(f"not a Salesforce id: {salesforce_id!r}")
    if len(salesforce_id) == _SHORT_LENGTH:
        return salesforce_id + _checksum(salesforce_id)
    return _with_case_of_checksum(salesforce_id)


def _checksum(short_id: str) -> str:
    """Three characters; each says which of its five characters are capital letters."""
    blocks = (short_id[start : start + 5] for start in (0, 5, 10))
    return "".join(
        _CHECKSUM_ALPHABET[sum(1 << place for place, char in enumerate(block) if char.isupper())]
        for block in blocks
    )


def _with_case_of_checksum(long_id: str) -> str:
    short_id, checksum = long_id[:_SHORT_LENGTH], long_id[_SHORT_LENGTH:].upper()
    letters = []
    for position, char in enumerate(short_id):
        flags = _CHECKSUM_ALPHABET.find(checksum[position // 5])
        capital = flags >> (position % 5) & 1
        letters.append(char.upper() if capital else char.lower())
    repaired = "".join(letters)
    if _checksum(repaired) != checksum:
        raise ValueError(f"not a Salesforce id (wrong checksum): {long_id!r}")
    return repaired + checksum
