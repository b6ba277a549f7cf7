"""What became of records that Salesforce no longer finds: which one stands for each of them now."""

from collections.abc import Iterable, Mapping

from connectors.salesforce import SalesforceClient, build_selects_in, iterate_records, normalise_id

FIELDS = ["Id", "IsDeleted", "MasterRecordId"]
LONGEST_CHAIN = 20


def find_successors(
    client: SalesforceClient, sobject_type: str, salesforce_ids: Iterable[str]
) -> dict[str, str]:
    """Return for each id the record that stands for it now: itself, or what it was merged into.

    A record that was deleted, or that the connected user may not see, is not among them. Needs a
    call for each link of the longest chain of merges, and the recycle bin, which keeps 15 days.
    """
    wanted = set(salesforce_ids)
    masters: dict[str, str] = {}
    alive: set[str] = set()
    for _ in range(LONGEST_CHAIN):
        if not wanted:
            break
        for record in _read(client, sobject_type, wanted):
            if not record["IsDeleted"]:
                alive.add(normalise_id(record["Id"]))
            elif record["MasterRecordId"]:
                masters[normalise_id(record["Id"])] = normalise_id(record["MasterRecordId"])
        wanted = set(masters.values()) - masters.keys() - alive
    last = {**{each: each for each in alive}, **resolve_chains(masters)}
    return {each: master for each, master in last.items() if master in alive}


def _read(client: SalesforceClient, sobject_type: str, ids: Iterable[str]) -> list[dict[str, str]]:
    queries = build_selects_in(
        sobject_type, FIELDS, known_fields=FIELDS, field="Id", values=sorted(ids)
    )
    return [
        record for soql in queries for record in iterate_records(client, soql, include_deleted=True)
    ]


def resolve_chains(masters: Mapping[str, str]) -> dict[str, str]:
    """Return for each merged record the one that is left at the end of its chain."""
    last = {}
    for record in masters:
        met = {record}
        master = masters[record]
        while master in masters and master not in met:
            met.add(master)
            master = masters[master]
        last[record] = master
    return last
