"""create, update, upsert, delete, undelete and emptyRecycleBin: up to 200 records in a call."""

from collections.abc import Callable, Iterable, Sequence

from salesforce_simulator.organisation.catalogue import SObject
from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.ids import normalise_id
from salesforce_simulator.organisation.organisation import WriteOutcome, WriteRow
from salesforce_simulator.protocols.soap.data.call import DataCall, check_size
from salesforce_simulator.protocols.soap.data.markup import Markup, join
from salesforce_simulator.protocols.soap.data.results import save_result, upsert_result
from salesforce_simulator.protocols.soap.data.sobjects import read_sobject
from salesforce_simulator.soql.scope import SEE_DESCRIBE


def create(data: DataCall) -> Markup:
    """Insert records."""
    return _write(data, [WriteRow("insert", name, None, values) for name, values in _sent(data)])


def update(data: DataCall) -> Markup:
    """Change records by their ids."""
    return _write(data, [WriteRow("update", name, None, values) for name, values in _sent(data)])


def upsert(data: DataCall) -> Markup:
    """Change the records that have an external id, and insert the others."""
    key = data.text("externalIDFieldName")
    rows = [WriteRow("upsert", name, key, values) for name, values in _sent(data)]
    return _write(data, rows, upsert_result)


def delete(data: DataCall) -> Markup:
    """Move records to the recycle bin."""
    return _write(data, [WriteRow("delete", None, None, {"Id": one}) for one in data.ids])


def _sent(data: DataCall) -> list[tuple[str, dict[str, object]]]:
    """Return types and values; what no object or field is fails the call, not just its row."""
    found = [read_sobject(item) for item in data.children("sObjects")]
    for name, values in found:
        check_names(data.sobject(name), values)
    return found


def check_names(sobject: SObject, values: Iterable[str]) -> None:
    """Refuse a name that is neither a field nor a relationship: INVALID_FIELD."""
    for name in values:
        if not sobject.has(name) and name.lower() not in sobject.by_relationship:
            raise SalesforceError(
                "INVALID_FIELD",
                f"No such column '{name}' on entity '{sobject.name}'. If you are attempting to use"
                " a custom field, be sure to append the '__c' after the custom field name."
                f" {SEE_DESCRIBE}",
            )


def _write(
    data: DataCall,
    rows: Sequence[WriteRow],
    show: Callable[[WriteOutcome], Markup] = save_result,
) -> Markup:
    check_size(len(rows))
    outcomes = data.organisation.write_many(
        rows, data.session, all_or_none=data.all_or_none, options=data.options
    )
    return join(map(show, outcomes))


def undelete(data: DataCall) -> Markup:
    """Bring records back from the recycle bin."""
    ids = data.ids
    check_size(len(ids))
    return join(save_result(_undelete(data, record_id)) for record_id in ids)


def _undelete(data: DataCall, record_id: str) -> WriteOutcome:
    full_id = normalise_id(record_id)
    sobject = data.organisation.catalogue.of_id(full_id) if full_id else None
    try:
        if sobject is None:
            raise SalesforceError("MALFORMED_ID", f"malformed id {record_id}", [])  # noqa: TRY301 - an outcome like the others
        data.organisation.undelete(sobject.name, record_id, data.session)
    except SalesforceError as error:
        return WriteOutcome(None, created=False, error=error)
    return WriteOutcome(full_id, created=False, error=None)


def empty_recycle_bin(data: DataCall) -> Markup:
    """Remove deleted records for good."""
    ids = data.ids
    check_size(len(ids))
    return join(map(save_result, data.organisation.empty_recycle_bin(ids, data.session)))
