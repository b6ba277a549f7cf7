"""Single records and queries through unmodified simple-salesforce."""

from datetime import UTC, datetime, timedelta

import pytest
from simple_salesforce.exceptions import (
    SalesforceMalformedRequest,
    SalesforceMoreThanOneRecord,
    SalesforceResourceNotFound,
)


@pytest.fixture
def lead(salesforce):
    """A lead of the test's own."""
    values = {"LastName": "Ångström, Jr. 😀", "Company": 'He said "hi"', "Email": "a@b.example"}
    record_id = salesforce.Lead.create(values)["id"]
    yield record_id
    if salesforce.query(f"SELECT Id FROM Lead WHERE Id = '{record_id}'")["totalSize"]:
        salesforce.Lead.delete(record_id)


def test_created_record_is_read_as_it_was_written(salesforce, lead):
    record = salesforce.Lead.get(lead)
    assert record["LastName"] == "Ångström, Jr. 😀"
    assert record["Company"] == 'He said "hi"'
    assert record["attributes"] == {
        "type": "Lead",
        "url": f"/services/data/v60.0/sobjects/Lead/{lead}",
    }


def test_record_shows_only_the_fields_that_were_asked_for(salesforce, lead):
    record = salesforce._call_salesforce(
        "GET", f"{salesforce.base_url}sobjects/Lead/{lead}?fields=LastName,Email"
    ).json()
    assert set(record) - {"attributes", "Id"} == {"LastName", "Email"}


def test_updated_record_holds_the_new_value_and_null_clears(salesforce, lead):
    assert salesforce.Lead.update(lead, {"City": "Zürich", "Email": None}) == 204
    record = salesforce.Lead.get(lead)
    assert (record["City"], record["Email"]) == ("Zürich", None)


def test_deleted_record_is_gone_and_listed_as_deleted(salesforce, lead):
    assert salesforce.Lead.delete(lead) == 204
    with pytest.raises(SalesforceResourceNotFound) as caught:
        salesforce.Lead.get(lead)
    assert caught.value.content[0]["errorCode"] == "ENTITY_IS_DELETED"
    now = datetime.now(UTC)
    listed = salesforce.Lead.deleted(now - timedelta(minutes=5), now + timedelta(minutes=5))
    assert lead in [entry["id"] for entry in listed["deletedRecords"]]
    found = salesforce.query_all(
        f"SELECT IsDeleted FROM Lead WHERE Id = '{lead}'", include_deleted=True
    )
    assert found["records"][0]["IsDeleted"] is True


def test_updated_record_is_listed_as_updated(salesforce, lead):
    now = datetime.now(UTC)
    listed = salesforce.Lead.updated(now - timedelta(minutes=5), now + timedelta(minutes=5))
    assert lead in listed["ids"]


def test_upsert_creates_first_and_updates_then(salesforce):
    key = "ActOn_Record_Id__c/3f0c2b1e-0001"
    assert salesforce.Lead.upsert(key, {"LastName": "One", "Company": "C"}) == 201
    assert salesforce.Lead.upsert(key, {"LastName": "Two"}) == 200
    record = salesforce.Lead.get_by_custom_id("ActOn_Record_Id__c", "3F0C2B1E-0001")
    assert record["LastName"] == "Two"
    salesforce.Lead.delete(record["Id"])


def test_upsert_answers_without_a_body_when_the_version_is_old(live_organisation):
    old = live_organisation.client("45.0")
    key = "ActOn_Record_Id__c/3f0c2b1e-0002"
    old.Lead.upsert(key, {"LastName": "One", "Company": "C"})
    reply = old.Lead.upsert(key, {"LastName": "Two"}, raw_response=True)
    assert (reply.status_code, reply.content) == (204, b"")
    old.Lead.delete(old.Lead.get_by_custom_id("ActOn_Record_Id__c", "3f0c2b1e-0002")["Id"])


def test_upsert_lists_the_records_when_several_have_the_key(salesforce, lead):
    twin = salesforce.Lead.create({"LastName": "T", "Company": "C", "Email": "a@b.example"})["id"]
    with pytest.raises(SalesforceMoreThanOneRecord) as caught:
        salesforce.Lead.upsert("Email/a@b.example", {"City": "X"})
    assert sorted(caught.value.content) == sorted(
        f"/services/data/v60.0/sobjects/Lead/{record_id}" for record_id in (lead, twin)
    )
    salesforce.Lead.delete(twin)


def test_upsert_is_refused_when_the_body_repeats_the_key(salesforce):
    with pytest.raises(SalesforceMalformedRequest) as caught:
        salesforce.Lead.upsert("ActOn_Record_Id__c/x", {"ActOn_Record_Id__c": "x"})
    assert caught.value.content[0]["errorCode"] == "INVALID_FIELD"


def test_upsert_is_refused_when_the_field_is_no_key(salesforce):
    with pytest.raises(SalesforceResourceNotFound) as caught:
        salesforce.Lead.upsert("City/Rome", {"LastName": "x"})
    assert caught.value.content == [
        {
            "message": "Provided external ID field does not exist or is not accessible: City",
            "errorCode": "NOT_FOUND",
        }
    ]


def test_create_names_the_fields_at_fault(salesforce):
    with pytest.raises(SalesforceMalformedRequest) as caught:
        salesforce.Lead.create({"LastName": "x"})
    assert caught.value.content == [
        {
            "message": "Required fields are missing: [Company]",
            "errorCode": "REQUIRED_FIELD_MISSING",
            "fields": ["Company"],
        }
    ]


def test_unknown_record_is_not_found_on_read_update_and_delete(salesforce):
    unknown = "00QHs0000zzzzzz"
    for attempt in (
        lambda: salesforce.Lead.get(unknown),
        lambda: salesforce.Lead.update(unknown, {"City": "x"}),
        lambda: salesforce.Lead.delete(unknown),
    ):
        with pytest.raises(SalesforceResourceNotFound):
            attempt()


def test_query_pages_hold_every_record_once(live_organisation, salesforce):
    total = live_organisation.ready["leads"]
    headers = {"Sforce-Query-Options": "batchSize=200"}
    page = salesforce.query("SELECT Id FROM Lead", headers=headers)
    ids, pages = [], 1
    while True:
        ids += [record["Id"] for record in page["records"]]
        if page["done"]:
            break
        assert len(page["records"]) == 200
        page = salesforce.query_more(page["nextRecordsUrl"], True, headers=headers)
        pages += 1
    assert len(ids) == len(set(ids)) == page["totalSize"] == total
    assert pages == -(-total // 200)


def test_query_all_iter_reads_parents_and_nulls(salesforce):
    records = list(salesforce.query_all_iter("SELECT Id, Owner.Name, Email FROM Lead"))
    assert {type(record["Owner"]["Name"]) for record in records} == {str}
    assert all(record["Owner"]["attributes"]["type"] == "Name" for record in records)
    assert all("/sobjects/User/" in record["Owner"]["attributes"]["url"] for record in records)


def test_count_query_has_a_size_and_no_records(live_organisation, salesforce):
    found = salesforce.query("SELECT COUNT() FROM Contact")
    assert found == {
        "totalSize": live_organisation.ready["contacts"],
        "done": True,
        "records": [],
    }


@pytest.mark.parametrize("locator", ["01g000000000000-2000", "nonsense", "01gX-x"])
def test_next_page_is_refused_when_the_locator_is_unknown(salesforce, locator):
    with pytest.raises(SalesforceMalformedRequest) as caught:
        salesforce.query_more(locator)
    assert caught.value.content[0]["errorCode"] == "INVALID_QUERY_LOCATOR"


def test_query_of_an_unknown_field_says_so(salesforce):
    with pytest.raises(SalesforceMalformedRequest) as caught:
        salesforce.query("SELECT Nonsense__c FROM Lead")
    assert caught.value.content[0]["errorCode"] == "INVALID_FIELD"
    assert "No such column 'Nonsense__c' on entity 'Lead'" in caught.value.content[0]["message"]


def test_describe_lists_fields_and_is_not_sent_again_when_unchanged(salesforce):
    describe = salesforce.Lead.describe()
    assert {"Id", "Email", "HasOptedOutOfEmail"} <= {f["name"] for f in describe["fields"]}
    url = f"{salesforce.base_url}sobjects/Lead/describe"
    first = salesforce.session.get(url, headers=salesforce.headers)
    for name, value in (
        ("If-None-Match", first.headers["ETag"]),
        ("If-Modified-Since", first.headers["Last-Modified"]),
    ):
        again = salesforce.session.get(url, headers={**salesforce.headers, name: value})
        assert (again.status_code, again.content) == (304, b"")
    old = {**salesforce.headers, "If-Modified-Since": "Wed, 01 Jan 2020 00:00:00 GMT"}
    assert salesforce.session.get(url, headers=old).status_code == 200


def test_global_describe_and_object_info_agree(salesforce):
    entries = {entry["name"]: entry for entry in salesforce.describe()["sobjects"]}
    assert {"Lead", "Contact", "Account", "Campaign", "User"} <= entries.keys()
    assert salesforce.Lead.metadata()["objectDescribe"] == entries["Lead"]


def test_limits_and_counts_are_told(live_organisation, salesforce):
    limit = salesforce.limits()["DailyApiRequests"]
    assert 0 < limit["Remaining"] < limit["Max"]
    assert salesforce.api_usage["api-usage"].used == limit["Max"] - limit["Remaining"]
    counts = salesforce.restful("limits/recordCount", {"sObjects": "Lead,Contact,Nonsense"})
    assert counts == {
        "sObjects": [
            {"count": live_organisation.ready["contacts"], "name": "Contact"},
            {"count": live_organisation.ready["leads"], "name": "Lead"},
        ]
    }


def test_identity_is_where_the_resources_say_it_is(live_organisation, salesforce):
    resources = salesforce.restful("")
    assert resources["query"] == "/services/data/v60.0/query"
    identity = salesforce.session.get(resources["identity"], headers=salesforce.headers).json()
    assert identity["username"] == live_organisation.ready["username"]
    assert identity["organization_id"] == live_organisation.ready["organization_id"]
    dead = {"Authorization": "Bearer nonsense"}
    reply = salesforce.session.get(resources["identity"], headers=dead)
    assert (reply.status_code, reply.text) == (403, "Bad_OAuth_Token")
