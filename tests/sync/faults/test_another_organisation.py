"""A sandbox is refreshed: the same user name opens another organisation, which is left alone."""

import pytest
from django.urls import reverse

from connectors.clients import open_client
from connectors.credentials import Credentials
from connectors.models import Connection, ConnectionState
from connectors.services import connect, refresh_fields
from lists.models import ListRecord
from sync.engine.push_rows import EXTERNAL_ID_FIELD
from sync.models import FailureReason, RecordIssue, RunState
from tests.connectors.soap import logins
from tests.local_org import start_local_org
from tests.sync_kit import Sync

pytestmark = [pytest.mark.scenario, pytest.mark.one_engine, pytest.mark.fault("F12")]

WRITES = r"/composite/sobjects"
PEOPLE = 450


@pytest.fixture
def sandbox(transactional_db, account, administrator, settings, tmp_path):
    """An account on an organisation of its own, with people that are to be created there."""
    with start_local_org(tmp_path / "sandbox", "leads:50") as org:
        settings.SALESFORCE_EXTRA_LOGIN_HOSTS = [org.host]
        settings.SALESFORCE_CA_BUNDLE = org.ca_file
        credentials = Credentials(org.host, org.username, org.password, org.security_token)
        connection = connect(account=account, credentials=credentials, actor=administrator)
        with open_client(connection) as client:
            for sobject_type in ("Lead", "Contact"):
                refresh_fields(client=client, sobject_type=sobject_type)
        yield Sync(account, org, administrator)


def test_a_refreshed_sandbox_gets_no_write_although_the_user_may_log_in(
    sandbox, administrator, client_of
):
    org = sandbox.org
    job = sandbox.import_leads()
    sandbox.set_up(job, push_add=True, pull_add=True, remove_missing=True)
    for number in range(PEOPLE):
        sandbox.add_local(
            job, Email=sandbox.unique(f"p{number}"), LastName=f"P {number}", Company="C"
        )
    org.forget_calls()
    held = ListRecord.objects.count()
    # Between the first batch and the second the sandbox becomes a copy of another organisation.
    org.fault(WRITES, nth=2, do=[["sandbox-refresh", {}]])

    run = sandbox.run(job)

    assert (run.state, run.failure_reason) == (RunState.FAILED, FailureReason.CONNECTION)
    assert (run.records_pushed_new, run.records_removed) == (200, 0)
    connection = Connection.objects.get()
    assert connection.state == ConnectionState.PAUSED
    assert connection.reason_code == "ORGANISATION_CHANGED"
    assert connection.organization_id == org.organization_id
    data = [call for call in org.calls() if "/services/data/" in call["path"]]
    sent = [c["status"] for c in data if "/composite/sobjects" in c["path"]]
    assert sent == [200, 401]  # the session's end was the last that it heard of us
    assert data[-1]["status"] == 401
    assert len(logins(org)) == 1
    created = org.count(f"SELECT COUNT() FROM Lead WHERE {EXTERNAL_ID_FIELD} != null")
    assert created == 200
    assert ListRecord.objects.count() == held
    assert ListRecord.objects.filter(salesforce_id=None).count() == PEOPLE - 200
    assert not RecordIssue.objects.exists()
    page = client_of(administrator).get(reverse("run_detail", args=["example", run.pk]))
    assert "needs an account of its own" in page.content.decode()
