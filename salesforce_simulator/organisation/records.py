"""An organisation's objects and records: what exists, reading, writing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Any

from salesforce_simulator.organisation.batches import forget_batches, read_batch, store_batch
from salesforce_simulator.organisation.catalogue import Catalogue, Field, SObject
from salesforce_simulator.organisation.clock import Clock
from salesforce_simulator.organisation.customisation import Customisation
from salesforce_simulator.organisation.database import Database
from salesforce_simulator.organisation.describe import describe_global, describe_sobject
from salesforce_simulator.organisation.dml import writer
from salesforce_simulator.organisation.dml.load import roll_back, write_rows
from salesforce_simulator.organisation.dml.purge import RecycleBin
from salesforce_simulator.organisation.dml.recycle import delete, undelete
from salesforce_simulator.organisation.dml.transaction import (
    Transaction,
    WriteOptions,
    WriteOutcome,
    WriteRow,
)
from salesforce_simulator.organisation.permissions import Permissions
from salesforce_simulator.organisation.reading import (
    find_by_key,
    read_record,
    record_count,
    url_id,
)
from salesforce_simulator.organisation.record_types import RecordType, record_types_of
from salesforce_simulator.organisation.replication import list_deleted, list_updated
from salesforce_simulator.organisation.reshaping import Reshaping
from salesforce_simulator.organisation.rulebook.row_locks import RowLocks
from salesforce_simulator.organisation.rulebook.store import RulebookStore
from salesforce_simulator.organisation.session import Session
from salesforce_simulator.organisation.settings import Settings
from salesforce_simulator.organisation.sharing import Sharing
from salesforce_simulator.soql.query import NEWEST, QueryOptions, describe_query, run_query
from salesforce_simulator.soql.result import QueryResult
from salesforce_simulator.sosl.search import run_search

_DEFAULT_OPTIONS = WriteOptions()


class Records(Reshaping):
    """The part of an organisation that holds its records, each call in a user's name."""

    def __init__(self, database: Database, customisation: Customisation, clock: Clock) -> None:
        self._database = database
        self._customisation = customisation
        self._permissions = Permissions(database, customisation)
        self._clock = clock
        self.rules = RulebookStore(Settings(database))
        self._sharing = Sharing(database, self._permissions, self.rules)
        self._locks = RowLocks(clock)
        self._bin = RecycleBin(database, clock)

    def now(self) -> datetime:
        """Return the organisation's time, in UTC."""
        return self._clock.now()

    # Objects and fields

    @property
    def catalogue(self) -> Catalogue:
        """Return every object and field of the organisation."""
        return self._customisation.catalogue

    def catalogue_for(self, session: Session) -> Catalogue:
        """Return the objects and fields that the session's user sees."""
        return self._sharing.catalogue_for(session.user_id)

    def permits(self, session: Session, permission: str) -> bool:
        """Tell whether the user has a permission such as `ModifyAllData` or `ApiEnabled`."""
        return self._permissions.permits(session.user_id, permission)

    def customise(self, sobject_type: str, fields: Iterable[Field]) -> None:
        """Add custom fields to an object, or change them; nobody sees a new one until granted."""
        self._customisation.put_fields(sobject_type, fields)

    def remove_field(self, sobject_type: str, field: str) -> None:
        """Take a custom field away with its values."""
        self._customisation.remove_field(sobject_type, field)

    def add_object(self, sobject: SObject) -> None:
        """Add a custom object, or change it; nobody sees a new one until granted."""
        self._customisation.put_object(sobject)

    def remove_object(self, sobject_type: str) -> None:
        """Take a custom object away with its records."""
        self._customisation.remove_object(sobject_type)

    def describe_global(self, session: Session, version: str) -> dict[str, Any]:
        """Return the list of objects, with the paths of API `version` such as `60.0`."""
        return describe_global(self.catalogue_for(session), version)

    def describe(self, sobject_type: str, session: Session, version: str) -> dict[str, Any]:
        """Return all that the user may know of an object; NOT_FOUND when he sees none."""
        catalogue = self.catalogue_for(session)
        sobject = catalogue.get(sobject_type)
        return describe_sobject(catalogue, sobject, self.record_types(sobject), version)

    def record_types(self, sobject: SObject) -> list[RecordType]:
        """Return the active record types of an object, the master first."""
        return record_types_of(self._database, sobject)

    # Reading

    def query(
        self,
        soql: str,
        session: Session,
        *,
        include_deleted: bool = False,
        bulk: bool = False,
        version: str = NEWEST,
    ) -> QueryResult:
        """Run a SOQL query as the session's user.

        `bulk` refuses what Bulk API 2.0 refuses; `version` is the API's. Raises MALFORMED_QUERY,
        INVALID_FIELD, INVALID_TYPE and so on.
        """
        if include_deleted:
            self._bin.expire(self.catalogue)
        return run_query(
            self._database,
            self.catalogue_for(session),
            soql,
            now=self.now(),
            time_zone=session.user["TimeZoneSidKey"],
            user_id=session.user_id,
            options=QueryOptions(include_deleted, bulk, version),
        )

    def query_columns(self, soql: str, session: Session, version: str) -> dict[str, Any]:
        """Return what the columns of a query are; raises what the query would."""
        options = QueryOptions(version=version)
        return describe_query(self.catalogue_for(session), soql, options)

    def search(self, sosl: str, session: Session, version: str) -> list[dict[str, Any]]:
        """Return the records that a SOSL search finds; raises MALFORMED_SEARCH and so on."""
        catalogue = self.catalogue_for(session)
        return run_search(catalogue, lambda soql: self.query(soql, session), sosl, version)

    def get(
        self,
        sobject_type: str,
        record_id: str,
        session: Session,
        fields: Sequence[str] | None,
        version: str,
    ) -> dict[str, Any]:
        """Return a record as REST does, whole or just `fields`.

        Raises NOT_FOUND, or ENTITY_IS_DELETED when it is in the recycle bin.
        """
        catalogue = self.catalogue_for(session)
        sobject = catalogue.get(sobject_type)
        return read_record(
            self._database, catalogue, sobject, record_id, session, fields, version, self.now()
        )

    def find_by_key(
        self, sobject_type: str, key_field: str, value: str, session: Session
    ) -> tuple[str, ...]:
        """Return the ids of the live records with a key; NOT_FOUND when there is none."""
        sobject = self.catalogue_for(session).get(sobject_type)
        return find_by_key(self._database, sobject, key_field, value)

    def record_count(self, sobject_type: str) -> int:
        """Return the number of live records."""
        return record_count(self._database, self.catalogue.get(sobject_type))

    def deleted(
        self, sobject_type: str, start: datetime, end: datetime, session: Session
    ) -> dict[str, Any]:
        """Return what was deleted between two moments, as REST does."""
        sobject = self.catalogue_for(session).get(sobject_type)
        return list_deleted(
            self._database, sobject, start, end, self.now(), user_id=session.user_id
        )

    def updated(
        self, sobject_type: str, start: datetime, end: datetime, session: Session
    ) -> dict[str, Any]:
        """Return the ids of what changed between two moments, as REST does."""
        sobject = self.catalogue_for(session).get(sobject_type)
        return list_updated(
            self._database, sobject, start, end, self.now(), user_id=session.user_id
        )

    # Writing

    def create(
        self,
        sobject_type: str,
        values: Mapping[str, object],
        session: Session,
        options: WriteOptions = _DEFAULT_OPTIONS,
    ) -> str:
        """Create a record and return its 18-character id."""
        sobject = self.catalogue_for(session).get(sobject_type)
        with self._transaction(session, options) as tx:
            return writer.create(tx, sobject, values)

    def update(
        self,
        sobject_type: str,
        record_id: str,
        values: Mapping[str, object],
        session: Session,
        options: WriteOptions = _DEFAULT_OPTIONS,
    ) -> None:
        """Change a record; a value of None clears the field."""
        sobject, full_id = self._record(sobject_type, record_id, session)
        with self._transaction(session, options) as tx:
            writer.update(tx, sobject, full_id, values)

    def upsert(
        self,
        sobject_type: str,
        key_field: str,
        key_value: str,
        values: Mapping[str, object],
        session: Session,
        options: WriteOptions = _DEFAULT_OPTIONS,
    ) -> tuple[str, bool]:
        """Update the record with the key or create it; return its id and whether created.

        Raises MultipleMatchesError when several records have the key.
        """
        sobject = self.catalogue_for(session).get(sobject_type)
        with self._transaction(session, options) as tx:
            return writer.upsert(tx, sobject, key_field, key_value, values)

    def delete(self, sobject_type: str, record_id: str, session: Session) -> None:
        """Move a record to the recycle bin."""
        sobject, full_id = self._record(sobject_type, record_id, session)
        with self._transaction(session, _DEFAULT_OPTIONS) as tx:
            delete(tx, sobject, full_id)

    def undelete(self, sobject_type: str, record_id: str, session: Session) -> None:
        """Bring a record back from the recycle bin."""
        sobject, full_id = self._record(sobject_type, record_id, session)
        with self._transaction(session, _DEFAULT_OPTIONS) as tx:
            undelete(tx, sobject, full_id)

    def write_many(
        self,
        rows: Iterable[WriteRow],
        session: Session,
        *,
        all_or_none: bool,
        options: WriteOptions = _DEFAULT_OPTIONS,
        batch_key: str | None = None,
    ) -> Iterator[WriteOutcome]:
        """Write rows in one transaction and return their outcomes in order.

        With a `batch_key` the outcomes are kept in that same transaction: a
        second call with the key, after a crash, returns them and writes nothing.
        """
        try:
            with self._transaction(session, options) as tx:
                kept = read_batch(tx.connection, batch_key)
                if kept is not None:
                    return iter(kept)
                outcomes = write_rows(tx, rows)
                if all_or_none and any(outcome.error for outcome in outcomes):
                    raise _RolledBackError(outcomes)  # noqa: TRY301 - it has to leave the transaction
                store_batch(tx.connection, batch_key, outcomes)
        except _RolledBackError as rolled_back:
            return roll_back(rolled_back.outcomes)
        return iter(outcomes)

    def transaction(self) -> AbstractContextManager[object]:
        """Return a block whose changes are all kept, or none when an exception leaves it.

        Calls of the same thread inside the block belong to it; other threads' changes wait.
        """
        return self._database.writer()

    def forget_batches(self, prefix: str) -> None:
        """Drop the outcomes kept under keys that begin with `prefix`."""
        with self._database.writer() as connection:
            forget_batches(connection, prefix)

    def set_duplicate_rule(self, sobject_type: str, *, active: bool) -> None:
        """Switch on or off the rule that refuses a second record with the same e-mail."""
        sobject = self.catalogue.get(sobject_type)
        book = self.rules.read()
        others = [asdict(r) for r in book.duplicate_rules if r.object != sobject.name]
        rules = [*others, {"object": sobject.name}] if active else others
        self.rules.change({"duplicate_rules": rules})

    @contextmanager
    def _transaction(self, session: Session, options: WriteOptions) -> Iterator[Transaction]:
        rulebook = self.rules.read()
        visible = self.catalogue_for(session)
        with self._database.writer() as connection:
            yield Transaction(
                connection=connection,
                catalogue=self.catalogue,
                visible=visible,
                user_id=session.user_id,
                stamp=self._clock.stamp(),
                options=options,
                rulebook=rulebook,
                locks=self._locks,
            )

    def _record(self, sobject_type: str, record_id: str, session: Session) -> tuple[SObject, str]:
        """Return object and full id of a record named in a URL."""
        sobject = self.catalogue_for(session).get(sobject_type)
        return sobject, url_id(sobject, record_id)


class _RolledBackError(Exception):
    """Leaves the transaction of an all-or-none call, so that it is rolled back."""

    def __init__(self, outcomes: list[WriteOutcome]) -> None:
        super().__init__()
        self.outcomes = outcomes
