"""Pull of a saved report: run by the Analytics API, its people into the record store.

A report of up to 2,000 rows is one run. A longer one is read in the order of the last name or
the e-mail address, from the last value on, because reports cannot be filtered by an order of ids.
Its rows are counted against Salesforce's own count: it comes whole, or it is refused.

Checkpoint: `{"read": people so far, "rows": rows so far, "total": rows of the report or null,
"from": the value to go on at or null, "done": true when all of it is in the list, "note": what
a person should know}`.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from connectors.salesforce import (
    ProtocolError,
    Report,
    ReportColumn,
    ReportUnavailableError,
    bulk_csv_writer,
    describe_report,
    run_report,
)
from lists.services import note_filled
from sync.engine.context import RunContext
from sync.engine.errors import SetupError
from sync.engine.following import follow_source
from sync.engine.report_people import (
    People,
    Row,
    find_people,
    find_sort_column,
    texts_of,
)
from sync.options import OWNER_FIELD
from sync.setup.columns import make_report_columns

TOO_LONG_ADVICE = (
    "Add the column Last Name or Email to the report in Salesforce: it is then read piece by "
    "piece. Or add a filter so that it has at most 2,000 rows."
)


@dataclass(frozen=True)
class Piece:
    """Rows of a report; `following` is where the next piece begins, empty after the last."""

    rows: list[Row]
    total: int
    following: str


def pull_report(context: RunContext) -> None:
    """Read the list's report and apply its people to the list.

    Raises SetupError when the report is gone, or cannot be read as a list of people.
    """
    report = _describe(context)
    if not context.checkpoint.get("total"):
        left = follow_source(context, make_report_columns(report))
        context.advance({"note": _say_left(left)} if left else {})
    while not context.checkpoint.get("done"):
        context.check()
        piece = _read_piece(context, report, context.checkpoint.get("from") or "")
        _apply(context, report, piece)
    keys = [column.key for column in context.options.columns]
    note_filled(marketing_list=context.run.job.list, keys=keys)


def count_people(context: RunContext) -> int:
    """Run the report anew and count its people."""
    report = _describe(context)
    return sum(len(find_people(report, piece.rows).rows) for piece in _pieces(context, report))


def _pieces(context: RunContext, report: Report) -> Iterator[Piece]:
    piece = _read_piece(context, report, "")
    yield piece
    while piece.following:
        context.check()
        piece = _read_piece(context, report, piece.following)
        yield piece


def _describe(context: RunContext) -> Report:
    try:
        return describe_report(context.client, context.options.report_id)
    except ReportUnavailableError as error:
        raise SetupError(
            "The report was deleted, or it lies in a private folder or one that the connected user "
            f"may not see. Nobody was removed from the list. Salesforce says: {error.message}",
            error.advice,
        ) from error


def _read_piece(context: RunContext, report: Report, first: str) -> Piece:
    """Read the whole report where it is short, else the piece that begins at `first`."""
    if not first:
        found = run_report(context.client, report)
        if found.is_complete:
            if len(found.rows) != found.row_count:
                raise _incomplete(found.row_count, len(found.rows))
            return Piece(list(found.rows), found.row_count, "")
    column = _require_sortable(report)
    found = run_report(context.client, report, sort_by=column.name, at_least=first)
    rows = list(found.rows)
    if found.is_complete:
        return Piece(rows, found.row_count, "")
    # Behind the cap there may be more rows of the last value: with it the next piece begins.
    values = texts_of(report, column, rows)
    last = values[-1]
    whole = [
        row for row, value in zip(rows, values, strict=True) if value.casefold() != last.casefold()
    ]
    if not last or not whole:
        raise SetupError(
            f"The report has {found.row_count:,} rows, more than Salesforce gives out at once, "
            f"and too many of them have the same value in {column.label}.",
            TOO_LONG_ADVICE,
        )
    return Piece(whole, found.row_count, last)


def _require_sortable(report: Report) -> ReportColumn:
    column = find_sort_column(report)
    if column is None or report.metadata.get("topRows"):
        raise SetupError(
            "The report has more than the 2,000 rows that Salesforce gives out at once. "
            "A part of it would look like the whole, so nothing was read.",
            TOO_LONG_ADVICE,
        )
    return column


def _apply(context: RunContext, report: Report, piece: Piece) -> None:
    """Write a piece and move the checkpoint in one transaction."""
    people = find_people(report, piece.rows)
    before = context.checkpoint
    rows = before.get("rows", 0) + len(piece.rows)
    total = before.get("total") or piece.total
    if not piece.following and rows != total:
        raise _incomplete(total, rows)
    note = " ".join(part for part in (before.get("note", ""), people.note) if part)
    after: dict[str, Any] = {
        "read": before.get("read", 0) + len(people.rows),
        "rows": rows,
        "total": total,
        "from": piece.following or None,
        "done": not piece.following,
        **({"note": note} if note else {}),
    }
    with transaction.atomic():
        plan = context.options.pull_plan(context.run)
        counts = context.store.apply_page(plan, iter([_to_csv(report, people)]))
        context.note(records_expected=after["read"])
        context.advance_page(after, counts)
    context.meter.flush()


def _to_csv(report: Report, people: People) -> bytes:
    """Return people as a page of the record store: the id, the owner and the report's columns."""
    page = io.StringIO()
    writer = bulk_csv_writer(page)
    writer.writerow(["Id", OWNER_FIELD, *(column.name for column in report.columns)])
    for person_id, row in people.rows.items():
        owner = people.owners.get(person_id, "")
        writer.writerow([person_id, owner, *(cell.text or "" for cell in row)])
    # Half a surrogate pair is replaced by the store, which counts it.
    return page.getvalue().encode("utf-8", "surrogatepass")


def _incomplete(total: int, rows: int) -> ProtocolError:
    return ProtocolError(
        "INCOMPLETE_RESULT",
        f"Salesforce counts {total:,} rows in the report and delivered {rows:,}.",
        advice="The report changed while it was read, or its rows do not come in one order. "
        "Run it again, or filter it to at most 2,000 rows.",
    )


def _say_left(names: list[str]) -> str:
    listed = ", ".join(f"“{name}”" for name in names)
    return f"The report no longer has {listed}: the list keeps what it had there."
