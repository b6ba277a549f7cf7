"""The layouts that an organisation comes with."""

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Any

from salesforce_simulator.organisation.catalogue import Field, SObject

# Sections of two columns. `!` marks a field that has to be filled in, `-` one that is only shown.
_SECTIONS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "Lead": (
        (
            "Lead Information",
            "OwnerId- Name! Company! Title LeadSource Industry AnnualRevenue",
            "Phone MobilePhone Fax Email Website Status! Rating NumberOfEmployees",
        ),
        ("Address Information", "Address", ""),
        ("Description Information", "Description", ""),
        ("System Information", "CreatedById-", "LastModifiedById-"),
    ),
    "Contact": (
        (
            "Contact Information",
            "OwnerId- Name! AccountId Title Department Birthdate ReportsToId LeadSource",
            "Phone HomePhone MobilePhone OtherPhone Fax Email AssistantName AssistantPhone",
        ),
        ("Address Information", "MailingAddress", "OtherAddress"),
        ("Description Information", "Description", ""),
        ("System Information", "CreatedById-", "LastModifiedById-"),
    ),
}
_SYSTEM = frozenset(
    {
        "CreatedById",
        "CreatedDate",
        "LastModifiedById",
        "LastModifiedDate",
        "SystemModstamp",
        "OwnerId",
    }
)


def standard_layout(sobject: SObject) -> dict[str, Any]:
    """Return a new layout of an object, in the words of the Metadata API."""
    sections = _SECTIONS.get(sobject.name) or _plain_sections(sobject)
    return {
        "customButtons": [],
        "excludeButtons": [],
        "layoutSections": [_section(sobject, *section) for section in sections],
        "relatedLists": [],
    }


def _plain_sections(sobject: SObject) -> tuple[tuple[str, str, str], ...]:
    """Return sections of all that a user may write, and of who made and changed a record."""
    names = [_word(field) for field in sobject.fields if _is_shown(field)]
    if sobject.has("OwnerId"):
        names.insert(0, "OwnerId-")
    sections = [(f"{sobject.label} Information", " ".join(names[::2]), " ".join(names[1::2]))]
    if sobject.has("CreatedById") and sobject.has("LastModifiedById"):
        sections.append(("System Information", "CreatedById-", "LastModifiedById-"))
    return tuple(sections)


def _word(field: Field) -> str:
    return f"{field.name}!" if field.required or field.is_name else field.name


def _is_shown(field: Field) -> bool:
    if field.name in _SYSTEM or field.compound is not None or field.custom:
        return False
    return field.createable or field.updateable or field.type == "address" or field.is_name


def _section(sobject: SObject, label: str, *columns: str) -> dict[str, Any]:
    lists = [
        [word for word in column.split() if sobject.has(word.rstrip("!-"))] for column in columns
    ]
    return {
        "label": label,
        "detailHeading": label != "System Information",
        "editHeading": True,
        "style": "TwoColumnsTopToBottom",
        "layoutColumns": [{"layoutItems": items} for items in _level(lists)],
    }


def _level(columns: Sequence[Sequence[str]]) -> Iterable[list[dict[str, Any]]]:
    """Fill the shorter column up with empty space."""
    rows = list(zip_longest(*columns))
    return [[_item(row[number]) for row in rows] for number in range(len(columns))]


def _item(word: str | None) -> dict[str, Any]:
    if word is None:
        return {"emptySpace": True}
    behavior = {"!": "Required", "-": "Readonly"}.get(word[-1], "Edit")
    return {"behavior": behavior, "field": word.rstrip("!-")}
