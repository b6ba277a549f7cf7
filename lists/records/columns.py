"""A list's columns as a pull sees them: the field that each mirrors, its type, and its rule."""

from dataclasses import dataclass, field
from enum import StrEnum


class MergeRule(StrEnum):
    """Whose value is taken where both sides changed it since they last agreed."""

    SALESFORCE = "salesforce"
    OURS = "ours"
    MOST_RECENT = "most_recent"
    UNLESS_BLANK = "unless_blank"


@dataclass(frozen=True)
class PullColumn:
    """A column of the list and the Salesforce field that it mirrors.

    Where it `only_fills`, Salesforce's value goes into blanks and replaces none of ours: nobody
    chose to pull the column, and it is to have its first values.

    Type, rule and that stay out of its text: it begins the hash of every row, and none of them
    says what a cell means.
    """

    key: str
    salesforce_field: str
    data_type: str = field(default="string", repr=False)
    rule: MergeRule = field(default=MergeRule.SALESFORCE, repr=False)
    only_fills: bool = field(default=False, repr=False)
