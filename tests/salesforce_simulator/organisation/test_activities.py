import json

import pytest

from salesforce_simulator.organisation.catalogue import load_catalogue
from salesforce_simulator.organisation.errors import SalesforceError
from tests.salesforce_simulator.recorded import recordings

NEW_OBJECTS = [
    "EmailMessage", "EmailMessageRelation", "Folder", "Group", "GroupMember", "LeadStatus",
    "OpportunityStage", "QueueSobject", "Task", "TaskPriority", "TaskStatus", "UserRole",
]  # fmt: skip


def error_of(call, *arguments):
    with pytest.raises(SalesforceError) as caught:
        call(*arguments)
    return caught.value


@pytest.mark.parametrize("name", NEW_OBJECTS)
def test_fields_are_writable_as_recorded(name):
    path = recordings("describe-lite-v64", f"{name}.json")
    theirs = {item["name"]: item for item in json.loads(path.read_text("utf-8"))["fields"]}
    for field in load_catalogue().get(name).fields:
        if field.name in theirs:
            recorded = theirs[field.name]
            assert (field.createable, field.updateable, field.nillable) == (
                recorded["createable"], recorded["updateable"], recorded["nillable"],
            ), field.name  # fmt: skip


def test_sent_email_is_logged_as_a_completed_task(organisation, session, lead, read):
    values = {
        "WhoId": lead, "Subject": "Email: News", "Status": "Completed",
        "TaskSubtype": "Email", "ActivityDate": "2026-10-01",
    }  # fmt: skip
    before = read(f"SELECT SystemModstamp FROM Lead WHERE Id = '{lead}'")["SystemModstamp"]
    organisation.shift_clock(60)
    task = organisation.create("Task", values, session)
    found = read(f"SELECT IsClosed, TaskSubtype, Priority FROM Task WHERE Id = '{task}'")
    assert (found["IsClosed"], found["TaskSubtype"], found["Priority"]) == (True, "Email", "Normal")
    person = read(f"SELECT LastActivityDate, SystemModstamp FROM Lead WHERE Id = '{lead}'")
    assert person["LastActivityDate"] == "2026-10-01"
    assert person["SystemModstamp"] == before


def test_open_task_is_no_activity_until_it_is_completed(organisation, session, lead, read):
    values = {"WhoId": lead, "Subject": "Call", "ActivityDate": "2026-10-02"}
    task = organisation.create("Task", values, session)
    soql = f"SELECT LastActivityDate FROM Lead WHERE Id = '{lead}'"
    assert read(soql)["LastActivityDate"] is None
    organisation.update("Task", task, {"Status": "Completed"}, session)
    assert read(soql)["LastActivityDate"] == "2026-10-02"
    done = read(f"SELECT CompletedDateTime FROM Task WHERE Id = '{task}'")
    assert done["CompletedDateTime"]


def test_task_of_a_lead_is_refused_when_it_relates_to_another_record(organisation, session, lead):
    account = organisation.create("Account", {"Name": "Engines"}, session)
    values = {"WhoId": lead, "WhatId": account, "Subject": "x"}
    assert error_of(organisation.create, "Task", values, session).code == (
        "FIELD_INTEGRITY_EXCEPTION"
    )
    contact = organisation.create("Contact", {"LastName": "Doe", "AccountId": account}, session)
    organisation.create("Task", {**values, "WhoId": contact}, session)


def test_task_subtype_is_set_on_create_alone(organisation, session):
    task = organisation.create("Task", {"Subject": "x"}, session)
    error = error_of(organisation.update, "Task", task, {"TaskSubtype": "Email"}, session)
    assert error.code == "INVALID_FIELD_FOR_INSERT_UPDATE"


def test_tasks_are_deleted_and_restored_with_their_lead(organisation, session, lead, read):
    organisation.create("Task", {"Subject": "x", "WhoId": lead}, session)
    organisation.delete("Lead", lead, session)
    assert read("SELECT Id FROM Task") is None
    organisation.undelete("Lead", lead, session)
    assert read("SELECT WhoId FROM Task")["WhoId"] == lead


def test_message_is_edited_until_it_is_sent(organisation, session, lead, read):
    draft = {"Subject": "Hello", "ToAddress": "ada@example.com", "Status": "5"}
    message = organisation.create("EmailMessage", draft, session)
    organisation.update("EmailMessage", message, {"Subject": "Hi", "Status": "3"}, session)
    error = error_of(organisation.update, "EmailMessage", message, {"Subject": "Ho"}, session)
    assert error.code == "INSUFFICIENT_ACCESS_OR_READONLY"
    organisation.update("EmailMessage", message, {"IsBounced": True}, session)
    relation = {"EmailMessageId": message, "RelationId": lead, "RelationType": "ToAddress"}
    organisation.create("EmailMessageRelation", relation, session)
    found = read("SELECT RelationAddress, RelationObjectType FROM EmailMessageRelation")
    assert (found["RelationAddress"], found["RelationObjectType"]) == ("ada@example.com", "Lead")


def test_queue_owns_records_of_its_objects_alone(organisation, session, lead, read):
    queue = organisation.create("Group", {"Name": "New Leads", "Type": "Queue"}, session)
    change = {"OwnerId": queue}
    error = error_of(organisation.update, "Lead", lead, change, session)
    assert (error.code, error.message) == (
        "INVALID_OPERATION", "Queue not associated with this SObject type",
    )  # fmt: skip
    organisation.create("QueueSobject", {"QueueId": queue, "SobjectType": "Lead"}, session)
    organisation.update("Lead", lead, change, session)
    assert read(f"SELECT OwnerId FROM Lead WHERE Id = '{lead}'")["OwnerId"] == queue


def test_converted_lead_status_is_told_by_its_object(organisation, session):
    found = organisation.query("SELECT ApiName FROM LeadStatus WHERE IsConverted = true", session)
    assert list(found.rows()) == [("Closed - Converted",)]
