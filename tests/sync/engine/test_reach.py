"""When a pull of what changed is enough, and when everything has to be read."""

from datetime import UTC, datetime, timedelta

import pytest

from lists.records import MergeRule
from sync.engine.reach import Past, describe_coverage, find_need_of_all
from sync.models import Step
from sync.options import Column, RunOptions

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def coverage(user="005000000000001AAA", columns=("Title", "Phone"), **changes):
    options = {"pull_add": True, "pull_keys": frozenset({"Title"}), "remove_missing": True}
    return describe_coverage(
        RunOptions(
            steps=(Step.PULL,),
            sobject_type="Lead",
            columns=tuple(Column(name, name, name) for name in columns),
            email_key=None,
            **{**options, **changes},
        ),
        user,
    )


def need(covers=None, wanted=None, *, read_days=1, whole_days=2, unmarked=(), linked=0):
    past = Past(
        read_at=NOW - timedelta(days=read_days),
        whole_read_at=NOW - timedelta(days=whole_days),
        covers=covers or coverage(),
    )
    return find_need_of_all(past, wanted or coverage(), now=NOW, unmarked=unmarked, linked=linked)


def test_changes_are_enough_when_nothing_speaks_against_them():
    assert need() == ""


@pytest.mark.parametrize("rule", [rule for rule in MergeRule if rule != MergeRule.OURS])
def test_everything_is_read_when_a_pulled_field_got_another_rule(rule):
    ours, other = {"rules": {"Title": MergeRule.OURS}}, {"rules": {"Title": rule}}
    assert "were changed" in need(covers=coverage(**ours), wanted=coverage(**other))
    assert "were changed" in need(covers=coverage(**other), wanted=coverage(**ours))
    assert need(covers=coverage(**ours), wanted=coverage(**ours)) == ""


def test_changes_are_enough_when_a_rule_went_with_its_field():
    earlier = coverage(pull_keys={"Title", "Phone"}, rules={"Phone": MergeRule.OURS})
    assert need(covers=earlier, wanted=coverage()) == ""


def test_changes_are_enough_when_the_cursor_is_older_than_rules():
    earlier = coverage()
    del earlier["rules"]
    assert need(covers=earlier) == ""


@pytest.mark.parametrize(
    "less", [{"pull_add": False}, {"pull_keys": frozenset()}, {"remove_missing": False}]
)
def test_changes_are_enough_when_less_is_taken_over_than_before(less):
    assert need(wanted=coverage(**less)) == ""


@pytest.mark.parametrize(
    "less",
    [
        {"pull_add": False},
        {"pull_keys": frozenset({"Phone"})},
        {"remove_missing": False},
        {"columns": ("Title",)},
    ],
)
def test_everything_is_read_when_more_is_taken_over_than_before(less):
    assert "were changed" in need(covers=coverage(**less))


def test_everything_is_read_when_another_user_reads():
    assert "Another Salesforce user" in need(covers=coverage(user="005000000000002AAA"))


@pytest.mark.parametrize(("days", "is_needed"), [(6.9, False), (7, True), (13, True)])
def test_everything_is_read_once_a_week(days, is_needed):
    assert ("Once a week" in need(whole_days=days)) is is_needed


@pytest.mark.fault("F71")
@pytest.mark.parametrize(("days", "is_needed"), [(13.9, False), (14.1, True)])
def test_everything_is_read_when_salesforce_may_have_forgotten_deletions(days, is_needed):
    assert ("more than 14 days" in need(read_days=days, whole_days=20)) is is_needed


@pytest.mark.fault("F86")
@pytest.mark.parametrize("to_come", [{"read_days": -1}, {"whole_days": -1}])
def test_everything_is_read_when_the_last_sync_is_still_to_come(to_come):
    assert "clock was set back" in need(**to_come)


def test_everything_is_read_when_a_field_is_calculated():
    assert "New values of Score do not mark" in need(unmarked=["Score"])


def test_everything_is_read_when_too_many_records_were_linked():
    assert need(linked=2_001).startswith("2,001 records")


def test_everything_is_read_when_nothing_was_before():
    assert "first sync" in find_need_of_all(None, coverage(), now=NOW, unmarked=(), linked=0)
