"""Run the text of a query."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from salesforce_simulator.organisation.catalogue import Catalogue
from salesforce_simulator.organisation.catalogue.model import COMPOUND_TYPES
from salesforce_simulator.organisation.database import Database
from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.soql.children import levels
from salesforce_simulator.soql.columns import describe_columns
from salesforce_simulator.soql.compiler import Compiler
from salesforce_simulator.soql.nodes import Query, Typeof
from salesforce_simulator.soql.parser import parse
from salesforce_simulator.soql.result import QueryResult
from salesforce_simulator.soql.statement import Statement
from salesforce_simulator.soql.values import Setting

NEWEST = "68.0"


@dataclass(frozen=True)
class QueryOptions:
    """How a query is asked.

    With `bulk`, what Bulk API 2.0 cannot do is refused; API versions differ in how
    deep sub-queries may go.
    """

    include_deleted: bool = False
    bulk: bool = False
    version: str = NEWEST


_DEFAULT_OPTIONS = QueryOptions()


def run_query(
    database: Database,
    catalogue: Catalogue,
    text: str,
    *,
    now: datetime,
    time_zone: str,
    user_id: str,
    options: QueryOptions = _DEFAULT_OPTIONS,
) -> QueryResult:
    """Parse, compile and start a query.

    `catalogue` holds what the user sees. `now` and `time_zone`, an IANA name,
    give relative dates their meaning; the user is whose records the scope `mine`
    means.
    """
    query = parse(text)
    statement = _compile(
        catalogue, query, Setting(text, now, ZoneInfo(time_zone), user_id), options
    )
    if options.bulk:
        _check_bulk(query, statement)
    return QueryResult(database, statement)


def describe_query(
    catalogue: Catalogue, text: str, options: QueryOptions = _DEFAULT_OPTIONS
) -> dict[str, Any]:
    """Return what the columns of a query are, without running it (see ``describe_columns``)."""
    query = parse(text)
    setting = Setting(text, datetime.now(UTC), ZoneInfo("UTC"), "")
    return describe_columns(query, _compile(catalogue, query, setting, options))


def _compile(
    catalogue: Catalogue, query: Query, setting: Setting, options: QueryOptions
) -> Statement:
    depth = levels(float(options.version))
    compiler = Compiler(catalogue, setting, include_deleted=options.include_deleted, levels=depth)
    return compiler.compile(query)


def _check_bulk(query: Query, statement: Statement) -> None:
    if statement.children:
        problem = "Aggregate Relationships not supported in Bulk V2 Query with CSV content type"
    elif statement.kind != "records":
        problem = "Aggregate functions, COUNT() and GROUP BY not supported in Bulk Query"
    elif query.offset is not None:
        problem = "OFFSET not supported in Bulk Query"
    elif any(isinstance(item, Typeof) for item in query.select):
        problem = "TYPEOF not supported in Bulk Query"
    elif any(column.field.type in COMPOUND_TYPES for column in statement.columns):
        problem = "Selecting compound data not supported in Bulk Query"
    else:
        return
    raise SalesforceError("API_ERROR", problem)
