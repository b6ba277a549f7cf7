"""Before a record is created: whether Salesforce knows this person already.

A person stands in Salesforce as a lead or as a contact; a contact weighs more. A new record whose
e-mail address belongs to one record of the list's own object is linked to it; any other match is
set aside, because a second record of the same person is what nobody can undo.
"""

import codecs
import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.salesforce import (
    AllOf,
    Condition,
    build_select,
    build_selects_in,
    iterate_records,
    iterate_result_pages,
    start_query,
    wait_for_job,
)
from lists.models import ListRecord
from sync.engine.context import RunContext
from sync.engine.push_rows import EXTERNAL_ID_FIELD, Batch, PushRow, Refusal
from sync.engine.queries import LEAD_IS_OPEN

# From this many addresses on, one Bulk query of all of them costs less than IN lists.
BULK_FROM = 2_000
IDS_PER_QUERY = 5_000


@dataclass(frozen=True)
class Match:
    """A record of Salesforce with a wanted address."""

    id: str
    external_id: str


Matches = Mapping[str, list[Match]]


def match_batch(context: RunContext, batch: Batch) -> Batch:
    """Sort the rows of new records by what Salesforce knows of their e-mail addresses."""
    rows = batch.rows
    own_type = context.options.sobject_type
    other_type = "Contact" if own_type == "Lead" else "Lead"
    emails = {row.email for row in rows if row.email}
    own = _find_by_email(context, own_type, emails)
    other = _find_by_email(context, other_type, emails)
    listed = _listed_ids(context.run.job.list_id, own)
    matched = Batch(upto=batch.upto, refusals=batch.refusals)
    for row in _first_of_each_address(rows, matched):
        _place(row, own.get(row.email, []), other.get(row.email, []), listed, matched)
    return matched


def _first_of_each_address(rows: list[PushRow], matched: Batch) -> Iterator[PushRow]:
    seen: set[str] = set()
    for row in rows:
        if row.email in seen:
            refusal = row.refuse(
                "ADDRESS_TWICE_IN_LIST",
                f"Another new record of this list has the address {row.email} too.",
                "Delete one of the two, or correct its address, then run the sync again.",
            )
            matched.refusals.append(refusal)
            continue
        if row.email:
            seen.add(row.email)
        yield row


def _place(
    row: PushRow, own: list[Match], other: list[Match], listed: set[str], matched: Batch
) -> None:
    if any(match.external_id == str(row.record_id) for match in own):
        # Created by an earlier attempt of ours whose answer was lost: the upsert finds it again.
        matched.rows.append(row)
    elif other or len(own) > 1 or (own and own[0].id in listed):
        matched.refusals.append(_refuse(row, own, other))
    elif own:
        listed.add(own[0].id)
        matched.links.append((row, own[0].id))
    else:
        matched.rows.append(row)


def _refuse(row: PushRow, own: list[Match], other: list[Match]) -> Refusal:
    if other:
        return row.refuse(
            "MATCHES_OTHER_OBJECT",
            f"Salesforce knows {row.email} already as {other[0].id}.",
            "Work with this person in the list that holds the other record.",
        )
    if len(own) > 1:
        ids = ", ".join(match.id for match in own[:5])
        return row.refuse(
            "MULTIPLE_MATCHES",
            f"Salesforce has {len(own)} records with {row.email}: {ids}.",
            "Merge them in Salesforce, then run the sync again.",
        )
    return row.refuse(
        "ALREADY_IN_LIST",
        f"{row.email} is in this list already, as Salesforce record {own[0].id}.",
        "Delete the newer of the two records in the list.",
    )


def _listed_ids(list_id: int, own: Matches) -> set[str]:
    ids = [match.id for matches in own.values() for match in matches]
    known = ListRecord.objects.filter(list_id=list_id)
    return {
        str(salesforce_id)
        for part in _batched(ids, IDS_PER_QUERY)
        for salesforce_id in known.filter(salesforce_id__in=part).values_list(
            "salesforce_id", flat=True
        )
    }


def _find_by_email(context: RunContext, sobject_type: str, emails: set[str]) -> Matches:
    """Return the records of `sobject_type` by their lower-case address, of the wanted ones."""
    fields = ["Id", "Email", EXTERNAL_ID_FIELD]
    read = _read_all if len(emails) >= BULK_FROM else _read_wanted
    found: defaultdict[str, list[Match]] = defaultdict(list)
    for record in read(context, sobject_type, fields, emails):
        email = (record["Email"] or "").strip().lower()
        if email in emails:
            found[email].append(Match(record["Id"], record[EXTERNAL_ID_FIELD] or ""))
    return found


def _open_only(sobject_type: str) -> Condition | None:
    return LEAD_IS_OPEN if sobject_type == "Lead" else None


def _read_wanted(
    context: RunContext, sobject_type: str, fields: list[str], emails: set[str]
) -> Iterator[dict[str, Any]]:
    queries = build_selects_in(
        sobject_type,
        fields,
        known_fields={*fields, "IsConverted"},
        field="Email",
        values=sorted(emails),
        where=_open_only(sobject_type),
    )
    for soql in queries:
        context.check()
        yield from iterate_records(context.client, soql)


def _read_all(
    context: RunContext, sobject_type: str, fields: list[str], _: set[str]
) -> Iterator[dict[str, Any]]:
    has_address = Condition("Email", "!=", None)
    open_only = _open_only(sobject_type)
    soql = build_select(
        sobject_type,
        fields,
        known_fields={*fields, "IsConverted"},
        where=AllOf(has_address, open_only) if open_only else has_address,
    )
    job = start_query(context.client, soql)
    job = wait_for_job(context.client, job, on_poll=lambda _: context.check())
    for page in iterate_result_pages(context.client, job):
        yield from csv.DictReader(_lines(page.chunks()))


def _lines(chunks: Iterator[bytes]) -> Iterator[str]:
    """Give text lines to csv, which puts cells with line breaks together again."""
    decode = codecs.getincrementaldecoder("utf-8")().decode
    rest = ""
    for chunk in chunks:
        *lines, rest = (rest + decode(chunk)).split("\n")
        yield from (line + "\n" for line in lines)
    if rest:
        yield rest


def _batched(items: list[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
