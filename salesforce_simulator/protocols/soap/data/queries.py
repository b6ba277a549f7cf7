"""query, queryAll, queryMore, retrieve, and what changed since."""

from datetime import UTC, datetime

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.ids import normalise_id
from salesforce_simulator.organisation.organisation import QueryResult
from salesforce_simulator.protocols.soap.data.call import DataCall, check_size
from salesforce_simulator.protocols.soap.data.markup import Markup, element, elements, join
from salesforce_simulator.protocols.soap.data.sobjects import query_result, write_sobject

_DEFAULT_BATCH, _SMALLEST_BATCH, _LARGEST_BATCH = 500, 200, 2000
_MOST_RETRIEVED = 2000


def query(data: DataCall) -> Markup:
    """Run a query and return its first batch."""
    return _first_batch(data, include_deleted=False)


def query_all(data: DataCall) -> Markup:
    """Run a query that sees the recycle bin too, and return its first batch."""
    return _first_batch(data, include_deleted=True)


def _first_batch(data: DataCall, *, include_deleted: bool) -> Markup:
    soql = data.text("queryString")
    result = data.organisation.query(soql, data.session, include_deleted=include_deleted)
    return _batch(data, result, 0, None)


def query_more(data: DataCall) -> Markup:
    """Return the batch that a locator stands for."""
    locator, _, start = data.text("queryLocator").partition("-")
    if not start.isdecimal():
        raise SalesforceError("INVALID_QUERY_LOCATOR", "invalid query locator")
    user_id, now = data.session.user_id, data.organisation.now()
    return _batch(data, data.locators.find(locator, user_id, now), int(start), locator)


def _batch(data: DataCall, result: QueryResult, start: int, locator: str | None) -> Markup:
    stop = start + _batch_size(data)
    records = list(result.records(data.version, start, stop))
    more = None
    if records and start + len(records) < result.total_size:
        if locator is None:
            user_id, now = data.session.user_id, data.organisation.now()
            locator = data.locators.open(result, user_id, now)
        more = f"{locator}-{start + len(records)}"
    return element("result", query_result(records, more, size=result.total_size))


def _batch_size(data: DataCall) -> int:
    wanted = data.header("QueryOptions", "batchSize")
    size = int(wanted) if wanted.isdecimal() else _DEFAULT_BATCH
    return min(_LARGEST_BATCH, max(_SMALLEST_BATCH, size))


def search(data: DataCall) -> Markup:
    """Return the records that a SOSL search finds."""
    found = data.organisation.search(data.text("searchString"), data.session, data.version)
    records = (element("searchRecords", write_sobject("record", record)) for record in found)
    return element("result", join((element("queryId", ""), *records)))


def retrieve(data: DataCall) -> Markup:
    """Return records in the order of their ids, nil for those that are not there."""
    ids = data.texts("ids")
    check_size(len(ids), _MOST_RETRIEVED)
    fields = [name.strip() for name in data.text("fieldList").split(",")]
    name = _type(data)
    bad = next((record_id for record_id in ids if normalise_id(record_id) is None), None)
    if bad is not None:
        raise SalesforceError("MALFORMED_ID", f"bad id {bad}")
    return join(_retrieved(data, name, record_id, fields) for record_id in ids)


def _retrieved(data: DataCall, name: str, record_id: str, fields: list[str]) -> Markup:
    try:
        record = data.organisation.get(name, record_id, data.session, fields, data.version)
    except SalesforceError as error:
        if error.code in {"NOT_FOUND", "ENTITY_IS_DELETED"}:
            return element("result", None)
        raise
    return write_sobject("result", record)


def _type(data: DataCall) -> str:
    return data.sobject(data.text("sObjectType")).name


def get_deleted(data: DataCall) -> Markup:
    """Return what was deleted between two moments."""
    start, end = _window(data)
    found = data.organisation.deleted(_type(data), start, end, data.session)
    rows = [
        elements({"deletedDate": row["deletedDate"], "id": row["id"]})
        for row in found["deletedRecords"]
    ]
    parts = {
        "deletedRecords": rows,
        "earliestDateAvailable": found["earliestDateAvailable"],
        "latestDateCovered": found["latestDateCovered"],
    }
    return element("result", parts)


def get_updated(data: DataCall) -> Markup:
    """Return the ids of what changed between two moments."""
    start, end = _window(data)
    found = data.organisation.updated(_type(data), start, end, data.session)
    parts = {"ids": found["ids"], "latestDateCovered": found["latestDateCovered"]}
    return element("result", parts)


def _window(data: DataCall) -> tuple[datetime, datetime]:
    return _moment(data.text("startDate")), _moment(data.text("endDate"))


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        message = f"'{text}' is not a valid value for the type xsd:dateTime"
        raise SalesforceError("soapenv:Client", message) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def get_server_timestamp(data: DataCall) -> Markup:
    """Return the organisation's time."""
    moment = data.organisation.now().strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
    return element("result", {"timestamp": f"{moment}Z"})
