"""Record ids: 15 case-sensitive characters, or 18 with a checksum of their case.

An id is a three-character prefix of its object, five characters that are the
same throughout the organisation, and a counter of seven base-62 digits. The
digits are in ASCII order, so ids sort by age.
"""

import itertools
import re
from collections.abc import Iterator
from functools import lru_cache

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
CHECK_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
POD = "Hs000"
SHORT_LENGTH = 15
FULL_LENGTH = 18
_CHUNK = 5
_COUNTER_WIDTH = 7
_PAIRS = [a + b for a in DIGITS for b in DIGITS]
_BLOCK = len(_PAIRS)  # ids that differ in their last two digits alone
_SHAPE = re.compile(r"[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?")


@lru_cache(maxsize=4096)
def _chunk_check(chunk: str) -> str:
    """Return the check character of five: bit k is set when character k is upper case."""
    return CHECK_CHARACTERS[sum(1 << k for k, c in enumerate(chunk) if "A" <= c <= "Z")]


def checksum(short: str) -> str:
    """Return the three characters that make a 15-character id an 18-character one."""
    return _chunk_check(short[:5]) + _chunk_check(short[5:10]) + _chunk_check(short[10:15])


def full_id(short: str) -> str:
    """Return the 18-character form of a 15-character id."""
    return short + checksum(short)


def _with_case_of(short: str, check: str) -> str | None:
    """Return the 15 characters in the case that the checksum asks for, or None."""
    result = []
    for start, code in zip(range(0, SHORT_LENGTH, _CHUNK), check.upper(), strict=True):
        bits = CHECK_CHARACTERS.find(code)
        if bits < 0:
            return None
        for k, character in enumerate(short[start : start + _CHUNK]):
            result.append(character.upper() if bits >> k & 1 else character.lower())
    return "".join(result)


def normalise_id(value: str) -> str | None:
    """Return the 18-character id meant by `value`, or None when it is no id.

    15 characters are taken as they are. With 18 the checksum decides on the
    case of the letters, so an id that lost its case on the way is still found.
    """
    if not _SHAPE.fullmatch(value):
        return None
    if len(value) == SHORT_LENGTH:
        return full_id(value)
    short = _with_case_of(value[:SHORT_LENGTH], value[SHORT_LENGTH:])
    if short is None:
        return None
    fixed = full_id(short)
    return fixed if fixed.casefold() == value.casefold() else None


def make_id(prefix: str, number: int) -> str:
    """Return the 18-character id of record `number` of the object with `prefix`."""
    block, rest = divmod(number, _BLOCK)
    stem, check = _stem(prefix, block)
    tail = stem[10:] + _PAIRS[rest]
    return stem[:10] + tail + check + _chunk_check(tail)


@lru_cache(maxsize=64)
def _stem(prefix: str, block: int) -> tuple[str, str]:
    """Return the first 13 characters of the ids of a block, and the check of the first ten."""
    stem = prefix + POD + _base62(block * _BLOCK)[:-2]
    return stem, _chunk_check(stem[:5]) + _chunk_check(stem[5:10])


def _base62(number: int) -> str:
    digits = []
    for _ in range(_COUNTER_WIDTH):
        number, rest = divmod(number, len(DIGITS))
        digits.append(DIGITS[rest])
    return "".join(reversed(digits))


def make_ids(prefix: str, first: int) -> Iterator[str]:
    """Return an endless, quick run of ids from counter `first` on, for seeding millions."""
    start, skip = divmod(first, _BLOCK)
    blocks = (_block(prefix, number) for number in itertools.count(start))
    return itertools.islice(itertools.chain.from_iterable(blocks), skip, None)


def _block(prefix: str, number: int) -> list[str]:
    """Return the ids whose counters differ from each other in the last two digits alone."""
    stem, check = _stem(prefix, number)
    tails = (stem[10:] + pair for pair in _PAIRS)
    return [stem[:10] + tail + check + _chunk_check(tail) for tail in tails]
