"""What to ask the local organisation for each answer that was recorded, and how to ask."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

Answer = tuple[int, Any]


class Asker:
    """Asks over HTTP as the integration user; answers are (status, body)."""

    def __init__(self, organisation: Any) -> None:
        self.organisation = organisation
        self.client = organisation.client()
        self.data = self.client.base_url.rstrip("/")

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Ask a path of the data API, or any other when it begins with /services."""
        url = f"{self.organisation.url}{path}" if path.startswith("/services") else self.data + path
        given = {"Authorization": f"Bearer {self.client.session_id}", **headers}
        reply = self.client.session.request(method, url, json=body, headers=given)
        is_json = reply.headers.get("Content-Type", "").startswith("application/json")
        return reply.status_code, reply.json() if is_json else reply.text or None

    def query(self, soql: str) -> Answer:
        """Ask a query."""
        return self.ask("GET", f"/query?q={soql}")

    def create(self, name: str, **values: Any) -> str:
        """Create a record and return its id."""
        status, body = self.ask("POST", f"/sobjects/{name}", values)
        assert status == 201, body
        return str(body["id"])

    def first(self, name: str) -> str:
        """Return the id of some record of an object."""
        return str(self.query(f"SELECT Id FROM {name} LIMIT 1")[1]["records"][0]["Id"])

    def control(self, name: str, data: Any) -> None:
        """Do what takes an administrator."""
        self.organisation.control(name, data)


def _deleted(asker: Asker) -> Answer:
    asker.ask("DELETE", f"/sobjects/Lead/{asker.create('Lead', LastName='Gone', Company='C')}")
    asker.control("clock", {"shift_seconds": 120})
    answer = asker.ask("GET", f"/sobjects/Lead/deleted?{_span(asker)}")
    asker.control("clock", {"shift_seconds": -120})
    return answer


def _updated(asker: Asker) -> Answer:
    asker.create("Lead", LastName="New", Company="C")
    asker.control("clock", {"shift_seconds": 120})
    answer = asker.ask("GET", f"/sobjects/Lead/updated?{_span(asker)}")
    asker.control("clock", {"shift_seconds": -120})
    return answer


def _span(asker: Asker) -> str:
    end = datetime.now(UTC) + timedelta(minutes=2)
    start = end - timedelta(days=1)
    form = "%Y-%m-%dT%H:%M:%SZ"
    return f"start={start.strftime(form)}&end={end.strftime(form)}"


def _first_page(asker: Asker) -> Answer:
    return asker.ask(
        "GET", "/query?q=SELECT LastName FROM Lead", **{"Sforce-Query-Options": "batchSize=200"}
    )


def _last_page(asker: Asker) -> Answer:
    url = _first_page(asker)[1]["nextRecordsUrl"]
    return asker.ask("GET", url)


def _several(asker: Asker) -> Answer:
    for _ in range(2):
        asker.create("Contact", LastName="Twin", Email="twins@example.com")
    return asker.ask("PATCH", "/sobjects/Contact/Email/twins@example.com", {"Title": "Dr"})


def _upserted(asker: Asker) -> Answer:
    path = "/sobjects/Lead/ActOn_Record_Id__c/answers"
    return asker.ask("PATCH", path, {"LastName": "U", "Company": "C"})


def _upserted_before(asker: Asker) -> Answer:
    _upserted(asker)
    old = "/services/data/v45.0/sobjects/Lead/ActOn_Record_Id__c/answers"
    return asker.ask("PATCH", old, {"Title": "Dr"})


def _expired(asker: Asker) -> Answer:
    return asker.ask("GET", "/limits", Authorization="Bearer 00D!dead")


def _halted(asker: Asker) -> Answer:
    lead = {"LastName": "H", "Company": "C"}
    contact = {"LastName": "H", "Account": {"Site": "0116"}}
    parts = [
        {
            "method": "POST",
            "url": f"{_path(asker)}/sobjects/Lead",
            "referenceId": "One",
            "body": lead,
        },
        {
            "method": "POST",
            "url": f"{_path(asker)}/sobjects/Contact",
            "referenceId": "Two",
            "body": contact,
        },
    ]
    return asker.ask("POST", "/composite", {"allOrNone": True, "compositeRequest": parts})


def _path(asker: Asker) -> str:
    return asker.data[len(asker.organisation.url) :]


def _person_with_child(asker: Asker) -> Answer:
    return asker.query(
        "SELECT Id, LastName, CreatedDate, Account.Name, Account.Site,"
        " (SELECT Id, Role FROM OpportunityContactRoles) FROM Contact WHERE AccountId != null"
        " LIMIT 3"
    )


_AGGREGATE = (
    "SELECT WhatId, ActivityDate, Status, COUNT(Id) MyCount FROM Task"
    " GROUP BY WhatId, ActivityDate, Status"
)

ANSWERS: dict[str, Callable[[Asker], Answer]] = {
    "restforce/create_success_response": lambda a: a.ask(
        "POST", "/sobjects/Lead", {"LastName": "Made", "Company": "C"}
    ),
    "restforce/delete_error_response": lambda a: a.ask("DELETE", "/sobjects/Lead/rid"),
    "restforce/describe_sobjects_success_response": lambda a: a.ask("GET", "/sobjects"),
    "restforce/list_sobjects_success_response": lambda a: a.ask("GET", "/sobjects"),
    "restforce/expired_session_response": _expired,
    "restforce/get_deleted_success_response": _deleted,
    "restforce/get_updated_success_response": _updated,
    "restforce/org_query_response": lambda a: a.query("SELECT Id FROM Organization"),
    "restforce/query_aggregate_success_response": lambda a: a.query(
        "SELECT CampaignId, SUM(Amount) FROM Opportunity GROUP BY CampaignId"
    ),
    "restforce/query_empty_response": lambda a: a.query(
        "SELECT Id FROM Lead WHERE Email = 'no@no'"
    ),
    "restforce/query_error_response": lambda a: a.query("SELECT Nothing FROM Lead"),
    "restforce/query_paginated_first_page_response": _first_page,
    "restforce/query_paginated_last_page_response": _last_page,
    "restforce/query_success_response": _person_with_child,
    "restforce/recent_success_response": lambda a: a.ask("GET", "/recent"),
    "restforce/services_data_success_response": lambda a: a.ask("GET", "/services/data"),
    "restforce/sobject_describe_error_response": lambda a: a.ask(
        "GET", "/sobjects/Nothing/describe"
    ),
    "restforce/sobject_describe_success_response": lambda a: a.ask(
        "GET", "/sobjects/Lead/describe"
    ),
    "restforce/sobject_find_error_response": lambda a: a.ask("GET", "/sobjects/Lead/23foo"),
    "restforce/sobject_find_success_response": lambda a: a.ask(
        "GET", f"/sobjects/Lead/{a.first('Lead')}"
    ),
    "restforce/sobject_select_success_response": lambda a: a.ask(
        "GET", f"/sobjects/Lead/{a.first('Lead')}?fields=Id,ActOn_Record_Id__c"
    ),
    "restforce/upsert_created_success_response": _upserted,
    "restforce/upsert_error_response": lambda a: a.ask(
        "PATCH", "/sobjects/Lead/Namez/x", {"LastName": "L"}
    ),
    "restforce/upsert_multiple_error_response": _several,
    "restforce/upsert_updated_success_response": _upserted_before,
    "restforce/write_error_response": lambda a: a.ask("POST", "/sobjects/Lead", {"foo": 1}),
    "swiftlysalesforce/MockAccount": lambda a: a.ask(
        "GET", f"/sobjects/Account/{a.first('Account')}"
    ),
    "swiftlysalesforce/MockOrganization": lambda a: a.ask(
        "GET", f"/sobjects/Organization/{a.first('Organization')}"
    ),
    "swiftlysalesforce/MockAggregateQueryResult": lambda a: a.query(_AGGREGATE),
    "swiftlysalesforce/QueryResponse": lambda a: a.query("SELECT Name FROM Account LIMIT 2"),
    "swiftlysalesforce/MockLimits": lambda a: a.ask("GET", "/limits"),
    "swiftlysalesforce/MockAccountMetadata": lambda a: a.ask("GET", "/sobjects/Account/describe"),
    "swiftlysalesforce/MockContactMetadata": lambda a: a.ask("GET", "/sobjects/Contact/describe"),
    "swiftlysalesforce/DescribeTaskResult": lambda a: a.ask("GET", "/sobjects/Task/describe"),
    "composite/camel_failure": _halted,
    "misc/Organization.record": lambda a: a.ask(
        "GET", f"/sobjects/Organization/{a.first('Organization')}"
    ),
}

# Where the status is not 200, as the recordings' own tests say.
STATUSES = {
    "restforce/create_success_response": 201,
    "restforce/delete_error_response": 404,
    "restforce/expired_session_response": 401,
    "restforce/query_error_response": 400,
    "restforce/sobject_describe_error_response": 404,
    "restforce/sobject_find_error_response": 404,
    "restforce/upsert_created_success_response": 201,
    "restforce/upsert_error_response": 404,
    "restforce/upsert_multiple_error_response": 300,
    "restforce/upsert_updated_success_response": 204,
    "restforce/write_error_response": 400,
}
