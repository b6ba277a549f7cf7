"""What a dry run found, as JSON: counts, samples before and after, and API calls."""

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import Count, Min

from connectors.salesforce import Write, WriteStandIn, is_provisional
from lists.models import ListRecord
from lists.records import CLEARED, Shadow, TouchedRecord
from sync.engine.dry_context import DryContext
from sync.engine.errors import SetupError
from sync.engine.push_rows import EXTERNAL_ID_FIELD
from sync.models import RecordIssue, SyncRun

SAMPLES = 20
LONGEST_VALUE = 200

Sample = dict[str, Any]


def describe(
    context: DryContext, shadow: Shadow, stand_in: WriteStandIn, *, stopped: SetupError | None
) -> dict[str, Any]:
    """Return what the run did to the shadow; `stopped` is why it ended before its end."""
    run = SyncRun.objects.get(pk=context.run.pk)
    return {
        "counts": _count(context, run, shadow),
        "message": run.message or context.checkpoint.get("note", ""),
        "stopped": {"message": stopped.message, "advice": stopped.advice} if stopped else None,
        "warnings": run.warnings,
        "read_reason": run.read_reason,
        "read_since": run.read_since.isoformat() if run.read_since else None,
        "calls": {
            "reads": context.meter.calls,
            "writes": stand_in.calls,
            "bulk_jobs": stand_in.bulk_jobs,
        },
        "refusals": _count_refusals(run),
        "samples": {
            **_sample_list(context, shadow),
            "sent": _sample_writes(context, stand_in),
            "refused": _sample_refusals(run),
        },
    }


def _count(context: DryContext, run: SyncRun, shadow: Shadow) -> dict[str, int]:
    """Return the counters of the run; `records_joined` became one with another of the list."""
    names = [field.name for field in SyncRun._meta.concrete_fields]
    counters = [name for name in names if name.startswith("records_")]
    counts = {name: getattr(run, name) for name in [*counters, "removals_held"]}
    gone = shadow.count_removed(context.run.job.list_id)
    return {**counts, "records_joined": gone - run.records_removed}


def _sample_list(context: DryContext, shadow: Shadow) -> dict[str, list[Sample]]:
    list_id = context.run.job.list_id
    names = {column.key: column.name for column in context.options.columns}

    def tell_values(record: TouchedRecord) -> Sample:
        values = {names.get(key, key): record.data.get(key) for key in {**names, **record.data}}
        return {**_identify(record), "values": _list_values(values)}

    def tell_changes(record: TouchedRecord) -> Sample | None:
        changes = _list_changes(record, names)
        return {**_identify(record), "changes": changes} if changes else None

    def tell_link(record: TouchedRecord) -> Sample | None:
        # A record that would be created there is no match.
        return None if is_provisional(record.salesforce_id or "") else _identify(record)

    return {
        "added": _sample(shadow.iterate_added(list_id), tell_values),
        "updated": _sample(shadow.iterate_updated(list_id), tell_changes),
        "carried": _sample(shadow.iterate_updated_elsewhere(list_id), tell_changes),
        "removed": _sample(shadow.iterate_removed(list_id), tell_values),
        "linked": _sample(shadow.iterate_linked(list_id), tell_link),
    }


def _sample(
    records: Iterable[TouchedRecord], tell: Callable[[TouchedRecord], Sample | None]
) -> list[Sample]:
    told = (tell(record) for record in records)
    return list(islice((sample for sample in told if sample), SAMPLES))


def _identify(record: TouchedRecord) -> Sample:
    known = record.salesforce_id or ""
    return {
        "record": str(record.record_id),
        "salesforce_id": "" if is_provisional(known) else known,
        "label": record.email or str(record.record_id),
    }


def _list_changes(record: TouchedRecord, names: Mapping[str, str]) -> list[list[str | None]]:
    before, after = record.data_before or {}, record.data
    changes = [
        [names.get(key, key), _show(before.get(key)), _show(after.get(key))]
        for key in {**names, **after, **before}  # in the order of the columns
        if (before.get(key) or None) != (after.get(key) or None)
    ]
    if record.owner_id_before != record.owner_id:
        changes.append(["Owner", record.owner_id_before, record.owner_id])
    return changes


def _list_values(values: Mapping[str, Any]) -> list[list[str | None]]:
    return [[name, _show(value)] for name, value in values.items() if value]


def _show(value: Any) -> str | None:
    """Return a value as the page shows it: text of a bearable length, None for a blank."""
    if value is None or value in ("", CLEARED):
        return None
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


def _sample_writes(context: DryContext, stand_in: WriteStandIn) -> list[dict[str, Any]]:
    """Return by operation and object how many records would be sent, and the first of them."""
    names = {column.field: column.name for column in context.options.columns}
    return [
        {
            "operation": operation,
            "object": sobject_type,
            "count": count,
            "records": [_tell_write(context, write, names) for write in _kept(stand_in, sort)],
        }
        for sort, count in stand_in.written.items()
        for operation, sobject_type in [sort]
    ]


def _kept(stand_in: WriteStandIn, sort: tuple[str, str]) -> list[Write]:
    return stand_in.samples[sort][:SAMPLES]


def _tell_write(context: DryContext, write: Write, names: Mapping[str, str]) -> Sample:
    values = {
        names.get(field, field): value
        for field, value in write.values.items()
        if field != EXTERNAL_ID_FIELD
    }
    return {
        **_find_record(context, write.key),
        "values": [[name, _show(value)] for name, value in values.items()],
    }


def _find_record(context: DryContext, key: str) -> Sample:
    """Return which record a write is of: its key is our record id or Salesforce's.

    A record that Salesforce has may be in another list or in none, as the contact that a lead
    became.
    """
    records = ListRecord.objects.filter(list_id=context.run.job.list_id)
    try:
        found, known = records.filter(record_id=UUID(key)).first(), ""
    except ValueError:
        found, known = records.filter(salesforce_id=key).first(), key
    known = (found and found.salesforce_id) or known
    return {
        "record": str(found.record_id) if found else "",
        "salesforce_id": "" if is_provisional(known) else known,
        "label": (found and found.email) or key,
    }


def _count_refusals(run: SyncRun) -> list[Sample]:
    groups = RecordIssue.objects.filter(run=run).order_by().values("code")
    counted = groups.annotate(count=Count("pk"), message=Min("message"), advice=Min("advice"))
    return [dict(group) for group in counted.order_by("-count", "code")]


def _sample_refusals(run: SyncRun) -> list[Sample]:
    return [
        {
            "record": issue.record_key,
            "salesforce_id": issue.salesforce_id,
            "label": issue.label or issue.record_key,
            "code": issue.code,
            "message": issue.message,
            "advice": issue.advice,
        }
        for issue in RecordIssue.objects.filter(run=run)[:SAMPLES]
    ]
