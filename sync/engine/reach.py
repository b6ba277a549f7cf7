"""How far a pull reaches: everything, or what changed since the last one. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sync.options import RunOptions

# A change that is committed late carries the earlier time at which it was made (F70).
OVERLAP = timedelta(minutes=10)
LATE_COMMITS = timedelta(minutes=2)
# Salesforce keeps what was deleted for 15 days; after that nobody tells of it (F71).
LONGEST_PAUSE = timedelta(days=14)
# What changes tell nothing of is seen once a week: who may no longer be read, for one.
WHOLE_READ_EVERY = timedelta(days=7)
# As many records, tied to Salesforce's by a push, are compared one by one.
MOST_LINKED = 2_000

# What Salesforce counts up when somebody looks at a record or works beside it: no change of it.
UNMARKED_FIELDS = frozenset({"LastActivityDate", "LastReferencedDate", "LastViewedDate"})

CHANGES_ONLY = "Only what changed since the last sync."


@dataclass(frozen=True, kw_only=True)
class Past:
    """What the earlier pulls of a job have done: their cursor, without its models."""

    read_at: datetime
    whole_read_at: datetime
    covers: Mapping[str, Any]


def describe_coverage(options: RunOptions, sf_user_id: str) -> dict[str, Any]:
    """Return what a pull takes over, and as whom it reads, as JSON."""
    return {
        "columns": [[column.key, column.field] for column in options.columns],
        "pull_keys": sorted(options.pull_keys),
        "rules": {key: str(rule) for key, rule in options.rules.items()},
        "pull_add": options.pull_add,
        "remove_missing": options.remove_missing,
        "sf_user_id": sf_user_id,
    }


def find_need_of_all(
    past: Past | None,
    wanted: Mapping[str, Any],
    *,
    now: datetime,
    unmarked: Collection[str],
    linked: int,
) -> str:
    """Return why everything has to be read; empty when the changes are enough.

    `unmarked` names the fields taken over whose new values do not mark a record as changed,
    `linked` counts the records that a push tied to Salesforce's and that are too many, or not
    such, to be compared one by one.
    """
    if past is None:
        return "This is the first sync that reads the list."
    names = ", ".join(sorted(unmarked))
    latest = max(past.read_at, past.whole_read_at)
    needs = {
        f"New values of {names} do not mark a record as changed.": bool(unmarked),
        "The clock was set back: how long ago the last sync was nobody knows.": latest > now,
        "The last sync is more than 14 days ago, and Salesforce forgets after 15 days what was "
        "deleted.": now - past.read_at > LONGEST_PAUSE,
        "Once a week everything is compared.": now - past.whole_read_at >= WHOLE_READ_EVERY,
        "Another Salesforce user reads now, who may see other records.": (
            past.covers.get("sf_user_id") != wanted["sf_user_id"]
        ),
        "The columns or the pull options were changed since the last sync.": (
            not _is_covered(wanted, past.covers)
        ),
        f"{linked:,} records were found in Salesforce by the last push.": linked > 0,
    }
    return next((need for need, applies in needs.items() if applies), "")


def _is_covered(wanted: Mapping[str, Any], covers: Mapping[str, Any]) -> bool:
    """Tell whether the earlier pulls took over all that is wanted; they may have taken more."""
    rules, earlier_rules = wanted["rules"], covers.get("rules", {})
    return (
        all(rules.get(key) == earlier_rules.get(key) for key in wanted["pull_keys"])
        and all(column in covers.get("columns", ()) for column in wanted["columns"])
        and set(wanted["pull_keys"]) <= set(covers.get("pull_keys", ()))
        and wanted["pull_add"] <= covers.get("pull_add", False)
        and wanted["remove_missing"] <= covers.get("remove_missing", False)
    )
