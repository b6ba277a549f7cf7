"""Write many rows, each with an outcome of its own."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice

from salesforce_simulator.organisation.catalogue import SObject
from salesforce_simulator.organisation.dml.recycle import delete, hard_delete
from salesforce_simulator.organisation.dml.transaction import Transaction, WriteOutcome, WriteRow
from salesforce_simulator.organisation.dml.writer import create, require_id, update, upsert
from salesforce_simulator.organisation.errors import SalesforceError, TriggerError
from salesforce_simulator.organisation.ids import normalise_id

# Salesforce looks for a record that is named twice within chunks of this size.
CHUNK = 200
_ROLLED_BACK = (
    "Record rolled back because not all records were valid and the request was using"
    " AllOrNone header"
)


def write_rows(tx: Transaction, rows: Iterable[WriteRow]) -> list[WriteOutcome]:
    """Write rows one by one inside the transaction; a bad row leaves the others alone.

    A row's own checks come before its first write, so a refused row leaves nothing
    behind. Rules of the rulebook speak later: with them each row has a savepoint.
    """
    outcomes = []
    rows = iter(rows)
    while chunk := list(islice(rows, CHUNK)):
        outcomes += _write_chunk(tx, chunk)
    return outcomes


def _write_chunk(tx: Transaction, chunk: Sequence[WriteRow]) -> list[WriteOutcome]:
    """Write a chunk; when a trigger fails that nobody catches, all its rows fail alike."""
    seen: set[str] = set()
    if not any(trigger.whole_chunk for trigger in tx.rulebook.triggers):
        return [_write_row(tx, row, seen) for row in chunk]
    tx.connection.execute("SAVEPOINT chunk")
    outcomes = [_write_row(tx, row, seen) for row in chunk]
    failed = next((o.error for o in outcomes if _fails_all(o.error)), None)
    if failed is not None:
        tx.connection.execute("ROLLBACK TO chunk")
        outcomes = [WriteOutcome(None, created=False, error=failed) for _ in chunk]
    tx.connection.execute("RELEASE chunk")
    return outcomes


def _fails_all(error: SalesforceError | None) -> bool:
    return isinstance(error, TriggerError) and error.whole_chunk


def roll_back(outcomes: Iterable[WriteOutcome]) -> Iterator[WriteOutcome]:
    """Return outcomes of an all-or-none call in which at least one row failed."""
    error = SalesforceError("ALL_OR_NONE_OPERATION_ROLLED_BACK", _ROLLED_BACK, [])
    for outcome in outcomes:
        yield outcome if outcome.error else WriteOutcome(None, created=False, error=error)


def _write_row(tx: Transaction, row: WriteRow, seen: set[str]) -> WriteOutcome:
    try:
        if not tx.rulebook.refuses:
            record_id, created = _OPERATIONS[row.operation](tx, row, seen)
        else:
            with _savepoint(tx):
                record_id, created = _OPERATIONS[row.operation](tx, row, seen)
    except SalesforceError as error:
        return WriteOutcome(None, created=False, error=error)
    return WriteOutcome(record_id, created, None)


@contextmanager
def _savepoint(tx: Transaction) -> Iterator[None]:
    tx.connection.execute("SAVEPOINT record")
    try:
        yield
    except SalesforceError:
        tx.connection.execute("ROLLBACK TO record")
        raise
    finally:
        tx.connection.execute("RELEASE record")


def _insert(tx: Transaction, row: WriteRow, _seen: set[str]) -> tuple[str, bool]:
    return create(tx, _sobject(tx, row), row.values), True


def _update(tx: Transaction, row: WriteRow, seen: set[str]) -> tuple[str, bool]:
    sobject = _sobject(tx, row)
    record_id, rest = _split_id(row)
    record_id = _only_once(require_id(sobject, record_id), seen)
    update(tx, sobject, record_id, rest)
    return record_id, False


def _upsert(tx: Transaction, row: WriteRow, seen: set[str]) -> tuple[str, bool]:
    sobject = _sobject(tx, row)
    key_field = row.key_field or "Id"
    key = next((v for k, v in row.values.items() if k.lower() == key_field.lower()), None)
    if key is not None:
        _only_once(str(key), seen)
    return upsert(tx, sobject, key_field, key, row.values)


def _delete(tx: Transaction, row: WriteRow, seen: set[str]) -> tuple[str, bool]:
    sobject = _sobject(tx, row)
    record_id = _only_once(require_id(sobject, _split_id(row)[0]), seen)
    delete(tx, sobject, record_id)
    return record_id, False


def _hard_delete(tx: Transaction, row: WriteRow, seen: set[str]) -> tuple[str, bool]:
    sobject = _sobject(tx, row)
    record_id = _only_once(require_id(sobject, _split_id(row)[0]), seen)
    hard_delete(tx, sobject, record_id)
    return record_id, False


def _sobject(tx: Transaction, row: WriteRow) -> SObject:
    """Return the row's object, named or else told by the prefix of its id."""
    if row.sobject_type is not None:
        return tx.visible.get(row.sobject_type)
    given = _split_id(row)[0]
    record_id = normalise_id(given) if isinstance(given, str) else None
    sobject = tx.visible.of_id(record_id) if record_id else None
    if sobject is None:
        raise SalesforceError("MALFORMED_ID", f"malformed id {given}", ["Id"])
    return sobject


def _split_id(row: WriteRow) -> tuple[object, dict[str, object]]:
    rest = {name: value for name, value in row.values.items() if name.lower() != "id"}
    record_id = next((v for k, v in row.values.items() if k.lower() == "id"), None)
    if record_id is None:
        raise SalesforceError(
            "MISSING_ARGUMENT", "Id not specified in an update or delete call", ["Id"]
        )
    return record_id, rest


def _only_once(key: str, seen: set[str]) -> str:
    if key.casefold() in seen:
        raise SalesforceError("DUPLICATE_VALUE", f"duplicate id specified: {key}", ["Id"])
    seen.add(key.casefold())
    return key


_OPERATIONS = {
    "insert": _insert,
    "update": _update,
    "upsert": _upsert,
    "delete": _delete,
    "hardDelete": _hard_delete,
}
