"""What a dry run found, in the words of the pages and the command."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sync.models import RunKind, SyncRun

UNKNOWN = (
    "Which records Salesforce itself would refuse, by its validation or duplicate rules or because "
    "they were deleted there and the list keeps them, only a sync can tell: nothing was sent to "
    "find out. What changes here or there before the sync starts is not in this preview."
)
SENT_TITLES = {
    "update": "Updated in Salesforce",
    "upsert": "Added to Salesforce",
    "insert": "Added to Salesforce",
    "delete": "Deleted in Salesforce",
}


class Change(NamedTuple):
    """A field of a sample: `before` is told where `has_before`; None is a blank."""

    field: str
    after: str | None
    before: str | None = None
    has_before: bool = False


@dataclass(frozen=True)
class Sample:
    """A record that a sync would touch; `record_id` is empty for one that the list has not yet."""

    label: str
    record_id: str
    salesforce_id: str
    changes: Sequence[Change]
    note: str = ""


@dataclass(frozen=True)
class SampleGroup:
    """What would happen to several records, with the first of them."""

    title: str
    count: int
    samples: Sequence[Sample]


@dataclass(frozen=True)
class PreviewReport:
    """All that a dry run found.

    `sync` is the sync as it would stand in the list of runs; it is stored nowhere.
    """

    sync: SyncRun
    message: str
    calls: str
    unknown: str
    groups: Sequence[SampleGroup]


def read_report(run: SyncRun) -> PreviewReport | None:
    """Return what a dry run found; None for one that has not ended well, and for other runs."""
    if run.result is None:
        return None
    counts = run.result["counts"]
    known = {field.name for field in SyncRun._meta.concrete_fields}
    return PreviewReport(
        sync=SyncRun(kind=RunKind.SYNC, **{name: counts[name] for name in counts if name in known}),
        message=run.result["message"],
        calls=_tell_calls(run.result["calls"]),
        unknown=UNKNOWN,
        groups=[group for group in _list_groups(run.result) if group.count],
    )


def _tell_calls(calls: Mapping[str, int]) -> str:
    reads, writes = calls["reads"], calls["writes"]
    text = (
        f"A sync would cost about {reads + writes:,} API calls: {reads:,} to read, as this "
        f"preview did, and {writes:,} to write."
    )
    if calls["bulk_jobs"]:
        text += " While Salesforce works on a Bulk job it is asked again and again: each look is "
        text += "a call more."
    return text


def _list_groups(result: Mapping[str, Any]) -> Iterator[SampleGroup]:
    counts, samples = result["counts"], result["samples"]
    gone = counts["records_removed"] + counts["records_joined"]
    yield _group("Added to the list", counts["records_added"], samples["added"], is_new=True)
    yield _group("Updated in the list", counts["records_updated"], samples["updated"])
    # Of these alone the records belong to other lists: no link leads to them.
    yield _group(
        "Edits that go to a list of contacts",
        len(samples["carried"]),
        samples["carried"],
        is_new=True,
    )
    yield _group("Removed from the list", gone, samples["removed"])
    yield _group("Matched with existing records", counts["records_linked"], samples["linked"])
    for sent in samples["sent"]:
        title, sobject_type = SENT_TITLES[sent["operation"]], sent["object"]
        if sobject_type:
            title += f" ({sobject_type})"
        yield _group(title, sent["count"], sent["records"])
    yield _group("Set aside", counts["records_failed"], samples["refused"])


def _group(
    title: str, count: int, told: Sequence[Mapping[str, Any]], *, is_new: bool = False
) -> SampleGroup:
    return SampleGroup(title, count, [_read_sample(each, is_new=is_new) for each in told])


def _read_sample(told: Mapping[str, Any], *, is_new: bool) -> Sample:
    changes = [
        Change(field, after, before, True) for field, before, after in told.get("changes", ())
    ]
    values = [Change(field, value) for field, value in told.get("values", ())]
    note = f"{told['code']}: {told['message']} {told['advice']}" if "code" in told else ""
    return Sample(
        label=told["label"],
        record_id="" if is_new else told["record"],
        salesforce_id=told["salesforce_id"],
        changes=[*changes, *values],
        note=note.strip(),
    )


def to_lines(report: PreviewReport) -> Iterator[str]:
    """Yield the report as the lines of a terminal."""
    for group in report.groups:
        yield f"{group.title}: {group.count:,}"
        for sample in group.samples:
            yield f"  {sample.label}: {sample.note or ', '.join(map(_to_text, sample.changes))}"
        if group.count > len(group.samples):
            yield f"  and {group.count - len(group.samples):,} more"
    if not report.groups:
        yield "Nothing would change, neither here nor in Salesforce."
    yield from filter(None, [report.message, report.calls, report.unknown])


def _to_text(change: Change) -> str:
    after = "blank" if change.after is None else repr(change.after)
    if not change.has_before:
        return f"{change.field} {after}"
    before = "blank" if change.before is None else repr(change.before)
    return f"{change.field} {before} → {after}"
