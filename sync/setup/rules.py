"""The merge rules in words, and which of them a list may choose from."""

from lists.models import ListKind, MarketingList
from lists.records import MergeRule

RULE_LABELS = {
    MergeRule.SALESFORCE: "Salesforce's value",
    MergeRule.OURS: "our value",
    MergeRule.MOST_RECENT: "the later change",
    MergeRule.UNLESS_BLANK: "Salesforce's, unless it is blank",
}
RULE_CHOICES = [(rule.value, label) for rule, label in RULE_LABELS.items()]


def list_rules(marketing_list: MarketingList) -> list[MergeRule]:
    """Return the rules that a list's columns may have.

    Nothing of a report is changed here. A campaign's member does not tell when its person was
    changed: which change is the later one cannot be known.
    """
    if marketing_list.is_read_only:
        return [MergeRule.SALESFORCE]
    is_campaign = marketing_list.kind == ListKind.CAMPAIGN
    return [rule for rule in MergeRule if not (is_campaign and rule == MergeRule.MOST_RECENT)]
