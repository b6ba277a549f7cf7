"""What a run meets at the organisation becomes a notice, and ends it."""

import json

import pytest
from django.urls import reverse

from connectors.credentials import read_credentials
from connectors.models import Connection, ConnectionState
from connectors.salesforce import SalesforceError
from connectors.services import test_connection as try_connection
from connectors.services import update_credentials
from salesforce_simulator.transport.certificates import ensure_certificate
from sync.models import FailureReason, RunState
from sync.notices.models import Notice
from sync.schedules.schedule import OnWeekdays
from sync.services import run_now

pytestmark = pytest.mark.scenario

LIMIT = {
    "status": 403,
    "headers": {"Content-Type": "application/json"},
    "body": '[{"errorCode": "STORAGE_LIMIT_EXCEEDED", "message": "storage limit exceeded"}]',
}


@pytest.mark.fault("F18")
def test_a_sync_that_fails_twice_is_told_once_and_once_that_it_works_again(sync, told):
    job = sync.import_leads()
    sync.set_up(job, pull_add=True)
    assert told() == []
    sync.org.fault("/query", **LIMIT)

    assert sync.run(job).state == RunState.FAILED
    assert told() == ["[Example Company] The sync of “All Salesforce Leads” failed"]
    assert sync.run(job).state == RunState.FAILED
    assert told() == []

    sync.org.mend()
    assert sync.run(job).state == RunState.SUCCEEDED
    assert told() == ["[Example Company] Over: The sync of “All Salesforce Leads” failed"]
    assert told() == []


@pytest.mark.fault("F29")
def test_a_sync_whose_records_all_miss_a_field_is_told_as_paused(sync, told, mailoutbox):
    job = sync.import_leads()
    sync.set_up(job, push_add=True, schedule=OnWeekdays(sync.account.created_at.time()))
    for number in range(20):
        sync.add_local(job, Email=sync.unique(f"bad{number}"), LastName="No company")

    assert sync.run(job).state == RunState.FAILED

    assert told() == ["[Example Company] The schedule of “All Salesforce Leads” is paused"]
    assert "REQUIRED_FIELD_MISSING" in mailoutbox[-1].body
    sync.set_up(job, pull_add=True)
    assert told() == ["[Example Company] Over: The schedule of “All Salesforce Leads” is paused"]
    assert sync.run(job).state == RunState.SUCCEEDED
    assert told() == []


@pytest.mark.fault("F4")
def test_a_refused_log_in_is_one_notice_about_the_connection_for_all_its_syncs(
    sync, told, mailoutbox
):
    jobs = [sync.import_leads(), sync.import_leads(name="More leads")]
    for job in jobs:
        sync.set_up(job, pull_add=True)
    connection = Connection.objects.get()
    good = read_credentials(connection)
    connection.security_token = "reset"
    connection.session_id = ""
    connection.save()
    first, waiting = (run_now(job=job, actor=sync.actor) for job in jobs)

    run = sync.execute(first)

    assert (run.state, run.failure_reason) == (RunState.FAILED, FailureReason.CONNECTION)
    assert Connection.objects.get().state == ConnectionState.PAUSED
    assert told() == ["[Example Company] The connection to Salesforce is paused"]
    assert told() == []
    assert reverse("salesforce_connection", args=["example"]) in mailoutbox[-1].body
    for secret in (good.password, good.security_token):
        assert secret not in "".join(message.body for message in mailoutbox)

    update_credentials(connection=Connection.objects.get(), credentials=good, actor=sync.actor)
    assert told() == ["[Example Company] Over: The connection to Salesforce is paused"]
    assert sync.execute(waiting).state == RunState.SUCCEEDED
    assert told() == []
    assert Notice.objects.count() == 1


@pytest.mark.parametrize(
    ("code", "status"),
    [
        pytest.param("API_DISABLED_FOR_ORG", 403, marks=pytest.mark.fault("F11")),
        pytest.param("API_CURRENTLY_DISABLED", 400, marks=pytest.mark.fault("F11")),
        pytest.param("UNSUPPORTED_API_VERSION", 400, marks=pytest.mark.fault("F14")),
    ],
)
def test_what_stops_all_calls_is_told_of_the_connection_with_what_to_do(
    sync, told, mailoutbox, code, status
):
    job = sync.import_leads()
    sync.set_up(job, pull_add=True)
    sync.org.fault("/query", **{**LIMIT, "status": status, "body": refusal(code)})

    run = sync.run(job)

    assert run.failure_reason == FailureReason.CONNECTION
    assert told() == ["[Example Company] The connection to Salesforce is paused"]
    connection = Connection.objects.get()
    assert connection.reason_code == code
    assert connection.reason in mailoutbox[-1].body
    assert f"What to do: {connection.advice}" in mailoutbox[-1].body


def refusal(code):
    return json.dumps([{"errorCode": code, "message": "It is refused."}])


@pytest.mark.fault("F12")
def test_another_organisation_behind_the_log_in_is_told_and_nothing_is_written(sync, told):
    job = sync.import_leads()
    sync.set_up(job, pull_add=True, push_add=True)
    email = sync.unique()
    sync.add_local(job, Email=email, LastName="New", Company="Company")
    Connection.objects.update(organization_id="00D5e000000zzzzEAA")
    sync.org.expire_sessions()

    assert sync.run(job).failure_reason == FailureReason.CONNECTION

    assert told() == ["[Example Company] The connection to Salesforce is paused"]
    assert sync.org.count(f"SELECT COUNT() FROM Lead WHERE Email = '{email}'") == 0


@pytest.mark.fault("F56")
def test_a_certificate_that_is_not_trusted_is_told_as_a_failed_sync(
    sync, told, settings, tmp_path, mailoutbox
):
    job = sync.import_leads()
    sync.set_up(job, pull_add=True)
    trusted = settings.SALESFORCE_CA_BUNDLE
    settings.SALESFORCE_CA_BUNDLE = str(ensure_certificate(tmp_path).ca_file)

    assert sync.run(job).state == RunState.FAILED

    assert told() == ["[Example Company] The sync of “All Salesforce Leads” failed"]
    assert "certificate" in mailoutbox[-1].body
    settings.SALESFORCE_CA_BUNDLE = trusted
    assert sync.run(job).state == RunState.SUCCEEDED
    assert told() == ["[Example Company] Over: The sync of “All Salesforce Leads” failed"]


@pytest.mark.fault("F4")
def test_a_log_in_that_a_person_tries_is_told_to_the_others_too(sync, told):
    connection = Connection.objects.get()
    good = read_credentials(connection)
    connection.security_token = "reset"
    connection.save()
    assert told() == []

    with pytest.raises(SalesforceError):
        try_connection(connection=connection, actor=sync.actor)
    assert told() == ["[Example Company] The connection to Salesforce is paused"]

    update_credentials(connection=Connection.objects.get(), credentials=good, actor=sync.actor)
    assert told() == ["[Example Company] Over: The connection to Salesforce is paused"]
