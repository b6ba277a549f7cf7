"""Send few rows: collections of at most 200 records, answered in the order they were sent."""

from typing import Any

from connectors.salesforce import RowOutcome, WriteOptions, update_records, upsert_records
from lists.records import PushedRecord
from sync.engine.context import RunContext
from sync.engine.halves import send_in_halves
from sync.engine.outcomes import Outcomes
from sync.engine.push_rows import EXTERNAL_ID_FIELD, PushFields, PushRow
from sync.engine.values import to_json
from sync.models import DuplicateAction

ROWS_PER_CALL = 200


def send_new(context: RunContext, rows: list[PushRow], fields: PushFields) -> Outcomes:
    """Create the rows' records: an upsert on our record id, which repeated creates nothing."""
    sobject_type, options = context.options.sobject_type, write_options(context, create=True)

    def upsert(some: list[PushRow]) -> Outcomes:
        records = [
            {EXTERNAL_ID_FIELD: str(row.record_id), **json_values(row, fields)} for row in some
        ]
        answers = upsert_records(context.client, sobject_type, EXTERNAL_ID_FIELD, records, options)
        return sort_answers(some, answers, fields)

    return send_in_halves(context, rows, upsert)


def send_changed(context: RunContext, rows: list[PushRow], fields: PushFields) -> Outcomes:
    """Update the rows' records by their Salesforce ids."""
    sobject_type, options = context.options.sobject_type, write_options(context, create=False)

    def update(some: list[PushRow]) -> Outcomes:
        records = [{"Id": row.salesforce_id, **json_values(row, fields)} for row in some]
        answers = update_records(context.client, sobject_type, records, options)
        return sort_answers(some, answers, fields)

    return send_in_halves(context, rows, update)


def write_options(context: RunContext, *, create: bool) -> WriteOptions:
    """Return what the run's options ask of Salesforce beside the write itself.

    Assignment rules are for new leads alone: they would take others away from their owners.
    """
    return WriteOptions(
        run_assignment_rules=create and context.options.use_assignment_rule,
        allow_duplicates=context.options.duplicates == DuplicateAction.SAVE,
    )


def json_values(row: PushRow, fields: PushFields) -> dict[str, Any]:
    """Return a row's values as JSON has them, by their fields."""
    return {name: to_json(value, fields.type_of(name)) for name, value in row.values.items()}


def sort_answers(rows: list[PushRow], answers: list[RowOutcome], fields: PushFields) -> Outcomes:
    """Put rows beside their answers, given in the same order."""
    outcomes = Outcomes()
    for row, answer in zip(rows, answers, strict=True):
        salesforce_id = answer.id or row.salesforce_id
        if answer.error is not None or salesforce_id is None:
            outcomes.refuse(row, answer.error)
        else:
            sent = {fields.key_of(name): value for name, value in row.values.items()}
            outcomes.settled.append(PushedRecord(row.record_id, salesforce_id, sent))
    return outcomes
