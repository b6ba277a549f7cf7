"""The likely new name of a field that is no longer there. Pure.

Salesforce keeps an id behind a field's name, but its descriptions do not tell it: a renamed field
looks like one that is gone and one that is new. A person decides; this finds what to ask.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

from connectors.field_types import is_compatible

ALIKE = 0.8
SHORTEST_PART = 4


@dataclass(frozen=True)
class KnownField:
    """What is known of a field: API name, label and Salesforce's type."""

    name: str
    label: str
    data_type: str


def find_likely_name(lost: KnownField, candidates: Iterable[KnownField]) -> KnownField | None:
    """Return the field that a lost one most probably is now; None where none is, or two are.

    `candidates` are the fields that no column mirrors yet. The same label weighs most: whoever
    renames a field keeps it more often than not.
    """
    scores = {
        candidate: _likeness(lost, candidate)
        for candidate in candidates
        if is_compatible(lost.data_type, candidate.data_type)
    }
    best = max(scores.values(), default=0.0)
    found = [candidate for candidate, score in scores.items() if score == best]
    return found[0] if best >= ALIKE and len(found) == 1 else None


def _likeness(lost: KnownField, candidate: KnownField) -> float:
    """Return 0 to 2: up to 1 for the name, and 1 more for the same label."""
    same_label = bool(lost.label) and lost.label.casefold() == candidate.label.casefold()
    return same_label + _name_likeness(_plain(lost.name), _plain(candidate.name))


def _name_likeness(old: str, new: str) -> float:
    ratio = SequenceMatcher(None, old, new, autojunk=False).ratio()
    shorter, longer = sorted((old, new), key=len)
    is_part = len(shorter) >= SHORTEST_PART and shorter in longer
    return max(ratio, ALIKE) if is_part else ratio


def _plain(name: str) -> str:
    """Return a name without what all custom fields end in, its underscores and capitals."""
    return name.lower().removesuffix("__c").replace("_", "")
