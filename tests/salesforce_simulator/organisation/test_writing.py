import json
from datetime import timedelta

import pytest

from salesforce_simulator.organisation.clock import to_stamp
from salesforce_simulator.organisation.errors import MultipleMatchesError, SalesforceError
from salesforce_simulator.organisation.organisation import WriteOptions, WriteRow
from salesforce_simulator.organisation.replication import rest_stamp
from tests.salesforce_simulator.recorded import recordings

PERSON = {"LastName": "Hopper", "Company": "Compilers"}


def message(code, ending=""):
    """Return the text that was recorded for an error code."""
    entries = json.loads(recordings("errors", "real-messages.json").read_text("utf-8"))
    bodies = [entry["body"][0] for entry in entries if isinstance(entry["body"], list)]
    found = [body["message"] for body in bodies if body.get("errorCode") == code]
    return next(text for text in found if text.endswith(ending))


def outcome_of(call, *arguments):
    with pytest.raises(SalesforceError) as caught:
        call(*arguments)
    return caught.value


def test_create_names_all_missing_fields(organisation, session):
    error = outcome_of(organisation.create, "Lead", {"FirstName": "Grace"}, session)
    assert (error.code, error.fields) == ("REQUIRED_FIELD_MISSING", ("LastName", "Company"))
    assert error.message == message(error.code).replace("Name", "LastName, Company")


def test_create_refuses_an_unknown_field_with_the_recorded_text(organisation, session):
    error = outcome_of(organisation.create, "Lead", {**PERSON, "foo": 1}, session)
    assert error.message == message("INVALID_FIELD").replace("Bar", "Lead")
    assert not error.has_fields


def test_create_refuses_a_read_only_field_with_the_recorded_text(organisation, session):
    error = outcome_of(organisation.create, "Lead", {**PERSON, "Name": "x"}, session)
    assert error.message == message("INVALID_FIELD_FOR_INSERT_UPDATE")
    assert error.fields == ("Name",)


@pytest.mark.parametrize(
    ("field", "value", "code", "text"),
    [
        ("City", "x" * 41, "STRING_TOO_LONG",
         f"City: data value too large: {'x' * 41} (max length=40)"),
        ("Email", "nobody", "INVALID_EMAIL_ADDRESS", "Email: invalid email address: nobody"),
        (
            "CleanStatus", "Odd", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            "Clean Status: bad value for restricted picklist field: Odd",
        ),
        ("OwnerId", "nobody", "MALFORMED_ID", "Owner ID: id value of incorrect type: nobody"),
    ],
)  # fmt: skip
def test_create_refuses_a_bad_value(organisation, session, field, value, code, text):
    error = outcome_of(organisation.create, "Lead", {**PERSON, field: value}, session)
    assert (error.code, error.message, error.fields) == (code, text, (field,))


def test_restricted_picklist_text_is_the_recorded_one():
    assert message("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST").endswith(
        ": bad value for restricted picklist field: X"
    )


@pytest.mark.parametrize(
    ("value", "score"), [("12", 12.0), (12.4, 12.0), ("1e3", 1000.0), (None, None), ("", None)]
)
def test_number_is_stored_with_the_fields_scale(organisation, session, lead, read, value, score):
    organisation.update("Lead", lead, {"Behavior_Score__c": value}, session)
    assert (
        read(f"SELECT Behavior_Score__c FROM Lead WHERE Id = '{lead}'")["Behavior_Score__c"]
        == score
    )


@pytest.mark.parametrize("value", ["nan", "inf", 10**6, "twelve", True])
def test_number_is_refused_when_it_does_not_fit(organisation, session, lead, value):
    error = outcome_of(organisation.update, "Lead", lead, {"Behavior_Score__c": value}, session)
    assert error.code in {"NUMBER_OUTSIDE_VALID_RANGE", "INVALID_TYPE_ON_FIELD_IN_RECORD"}


def test_checkbox_is_never_null(organisation, session, lead, read):
    organisation.update("Lead", lead, {"HasOptedOutOfEmail": True}, session)
    assert read("SELECT Id FROM Lead WHERE HasOptedOutOfEmail = true AND LastName = 'Lovelace'")
    organisation.update("Lead", lead, {"HasOptedOutOfEmail": None}, session)
    found = read(f"SELECT HasOptedOutOfEmail FROM Lead WHERE Id = '{lead}'")
    assert found["HasOptedOutOfEmail"] is False


def test_update_moves_the_modification_stamp(organisation, session, lead, read):
    soql = f"SELECT CreatedDate, SystemModstamp FROM Lead WHERE Id = '{lead}'"
    before = read(soql)
    organisation.shift_clock(60)
    organisation.update("Lead", lead, {"City": "London"}, session)
    after = read(soql)
    assert after["CreatedDate"] == before["CreatedDate"]
    assert after["SystemModstamp"] > before["SystemModstamp"]


def test_lead_bounce_fields_are_writable_on_update_alone(organisation, session, lead):
    values = {"EmailBouncedReason": "550"}
    error = outcome_of(organisation.create, "Lead", {**PERSON, **values}, session)
    assert error.code == "INVALID_FIELD_FOR_INSERT_UPDATE"
    organisation.update("Lead", lead, values, session)


def test_bounce_fields_are_cleared_when_the_address_changes(organisation, session, lead, read):
    organisation.update("Lead", lead, {"EmailBouncedReason": "550"}, session)
    organisation.update("Lead", lead, {"Email": "ada@example.org"}, session)
    assert (
        read(f"SELECT EmailBouncedReason FROM Lead WHERE Id = '{lead}'")["EmailBouncedReason"]
        is None
    )


def test_text_stands_for_a_checkbox_in_csv_alone(organisation, session, lead, read):
    values = {"HasOptedOutOfEmail": "true"}
    assert (
        outcome_of(organisation.update, "Lead", lead, values, session).code == "JSON_PARSER_ERROR"
    )
    organisation.update("Lead", lead, values, session, WriteOptions(from_csv=True))
    assert read("SELECT Id FROM Lead WHERE HasOptedOutOfEmail = true")["Id"] == lead


def test_upsert_finds_its_record_in_any_case_and_creates_it_once(organisation, session):
    first = organisation.upsert("Lead", "ActOn_Record_Id__c", "abc", PERSON, session)
    second = organisation.upsert("Lead", "ActOn_Record_Id__c", "ABC", {"City": "x"}, session)
    assert (first[1], second) == (True, (first[0], False))


def test_upsert_is_refused_when_the_field_is_no_key(organisation, session):
    error = outcome_of(organisation.upsert, "Lead", "City", "x", PERSON, session)
    assert error.message == message("NOT_FOUND", "accessible: 123").replace("123", "City")


def test_upsert_names_all_matches_when_an_address_is_not_unique(organisation, session, lead):
    other = organisation.create("Lead", {**PERSON, "Email": "ADA@example.com"}, session)
    with pytest.raises(MultipleMatchesError) as caught:
        organisation.upsert("Lead", "Email", "ada@example.com", {"City": "x"}, session)
    assert caught.value.ids == (lead, other)


def test_external_id_is_refused_when_another_record_has_it(organisation, session):
    first, _ = organisation.upsert("Lead", "ActOn_Record_Id__c", "abc", PERSON, session)
    error = outcome_of(
        organisation.create, "Lead", {**PERSON, "ActOn_Record_Id__c": "ABC"}, session
    )
    assert error.code == "DUPLICATE_VALUE"
    assert error.message.endswith(f"record with id: {first}")


def test_deleted_record_is_gone_until_it_is_brought_back(organisation, session, lead, read):
    organisation.delete("Lead", lead, session)
    soql = f"SELECT IsDeleted FROM Lead WHERE Id = '{lead}'"
    assert read(soql) is None
    assert read(soql, include_deleted=True)["IsDeleted"] is True
    error = outcome_of(organisation.update, "Lead", lead, {"City": "x"}, session)
    assert (error.code, error.message) == ("ENTITY_IS_DELETED", message("ENTITY_IS_DELETED"))
    organisation.undelete("Lead", lead, session)
    assert read(soql)["IsDeleted"] is False


def test_account_takes_its_contacts_along_both_ways(organisation, session, read):
    account = organisation.create("Account", {"Name": "Acme"}, session)
    values = {"LastName": "Doe", "AccountId": account}
    contact = organisation.create("Contact", values, session)
    organisation.delete("Account", account, session)
    soql = f"SELECT Id FROM Contact WHERE Id = '{contact}'"
    assert read(soql) is None
    organisation.undelete("Account", account, session)
    assert read(soql) is not None


def test_replication_lists_what_was_deleted_and_updated(organisation, session, lead):
    start = organisation.now()
    organisation.delete("Lead", lead, session)
    organisation.shift_clock(120)
    end = organisation.now()
    deleted = organisation.deleted("Lead", start, end, session)
    assert [item["id"] for item in deleted["deletedRecords"]] == [lead]
    assert organisation.updated("Lead", start, end, session)["ids"] == []
    assert deleted["latestDateCovered"] <= rest_stamp(to_stamp(end))


def test_replication_never_claims_to_cover_the_present_minute(organisation, session, lead):
    now = organisation.now()
    listed = organisation.updated(
        "Lead", now - timedelta(minutes=5), now + timedelta(minutes=5), session
    )
    assert lead in listed["ids"]
    assert listed["latestDateCovered"] <= rest_stamp(to_stamp(organisation.now()))
    assert listed["latestDateCovered"][17:] == "00.000+0000"


def test_converted_lead_can_no_longer_change(organisation, session):
    lead = organisation.create("Lead", {**PERSON, "IsConverted": True}, session)
    error = outcome_of(organisation.update, "Lead", lead, {"City": "x"}, session)
    assert (error.code, error.message) == (
        "CANNOT_UPDATE_CONVERTED_LEAD",
        message("CANNOT_UPDATE_CONVERTED_LEAD"),
    )


def test_owner_is_refused_when_inactive(organisation, session, lead, read):
    user = read("SELECT Id FROM User WHERE Alias = 'kmensah'")["Id"]
    organisation.update("User", user, {"IsActive": False}, session)
    error = outcome_of(organisation.update, "Lead", lead, {"OwnerId": user}, session)
    assert error.code == "INACTIVE_OWNER_OR_USER"


def test_duplicate_rule_refuses_a_second_address_unless_told_otherwise(organisation, session, lead):
    values = {**PERSON, "Email": "Ada@Example.com"}
    organisation.set_duplicate_rule("Lead", active=True)
    error = outcome_of(organisation.create, "Lead", values, session)
    assert error.code == "DUPLICATES_DETECTED"
    assert organisation.create("Lead", values, session, WriteOptions(allow_duplicates=True)) != lead


def rows(*names, operation="insert"):
    return [WriteRow(operation, "Lead", None, {**PERSON, "Email": name}) for name in names]


def test_bad_row_leaves_the_others_alone(organisation, session):
    good, bad, last = organisation.write_many(
        rows("a@example.com", "bad", "c@example.com"), session, all_or_none=False
    )
    assert (good.created, bad.id, last.created) == (True, None, True)
    assert bad.error.code == "INVALID_EMAIL_ADDRESS"
    assert organisation.record_count("Lead") == 3


def test_all_or_none_writes_nothing_when_a_row_is_bad(organisation, session):
    good, bad = organisation.write_many(rows("a@example.com", "bad"), session, all_or_none=True)
    assert good.error.code == "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    assert bad.error.code == "INVALID_EMAIL_ADDRESS"
    assert organisation.record_count("Lead") == 1


def test_batch_is_written_once_when_it_is_sent_twice(organisation, session):
    first, second = (
        [
            (outcome.id, outcome.created, outcome.error and outcome.error.code)
            for outcome in organisation.write_many(
                rows("a@example.com", "bad"), session, all_or_none=False, batch_key="750/0"
            )
        ]
        for _ in range(2)
    )
    assert first == second
    assert organisation.record_count("Lead") == 2


def test_record_named_twice_in_one_update_is_refused(organisation, session, lead):
    row = WriteRow("update", "Lead", None, {"Id": lead, "City": "x"})
    first, second = organisation.write_many([row, row], session, all_or_none=False)
    assert first.error is None
    assert (second.error.code, second.error.message) == (
        "DUPLICATE_VALUE",
        f"duplicate id specified: {lead}",
    )


def test_parent_is_found_by_its_external_id(organisation, session, read):
    values = {"LastName": "Boss", "ActOn_Record_Id__c": "boss"}
    boss = organisation.create("Contact", values, session)
    values = {"LastName": "Doe", "ReportsTo": {"ActOn_Record_Id__c": "boss"}}
    contact = organisation.create("Contact", values, session)
    assert read(f"SELECT ReportsToId FROM Contact WHERE Id = '{contact}'")["ReportsToId"] == boss
