"""Several processes need a session at the same moment, and there is one rotating token."""

import subprocess
import sys

import pytest

from connectors.selectors import find_connection
from tests.oauth_kit import TOKEN_PATH, OrgApp, token_calls
from tests.scenarios.worker import ROOT, worker_environment

pytestmark = [pytest.mark.scenario, pytest.mark.django_db(transaction=True)]
WORKERS = 4
# Says that it is ready, waits for the word, then needs a session.
PROGRAM = """
import sys
import django
django.setup()
from acton_connector.accounts.scope import account_scope
from connectors.clients import open_client
from connectors.selectors import find_connection
with account_scope(int(sys.argv[1])), open_client(find_connection()) as client:
    print("ready", flush=True)
    sys.stdin.readline()
    assert client.get("limits")["DailyApiRequests"]
    print(client.grant.session_id, flush=True)
"""


@pytest.mark.fault("F3")
def test_processes_that_refresh_at_once_use_the_token_once_and_all_go_on(
    account, administrator, local_org, settings
):
    settings.SALESFORCE_EXTRA_LOGIN_HOSTS = [local_org.host]
    settings.SALESFORCE_CA_BUNDLE = local_org.ca_file
    connection = OrgApp(local_org).connect(account, administrator)
    local_org.forget_calls()
    command = [sys.executable, "-c", PROGRAM, str(account.pk)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    workers = [
        subprocess.Popen(command, cwd=ROOT, env=worker_environment(local_org), text=True, **pipes)
        for _ in range(WORKERS)
    ]
    try:
        assert [worker.stdout.readline() for worker in workers] == ["ready\n"] * WORKERS
        local_org.expire_sessions()
        local_org.fault(TOKEN_PATH, delay_seconds=1)
        for worker in workers:
            worker.stdin.write("now\n")
            worker.stdin.flush()
        said = [worker.communicate(timeout=60) for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()

    assert [worker.returncode for worker in workers] == [0] * WORKERS, said
    kept = find_connection()
    assert {out.strip() for out, _ in said} == {kept.session_id}
    assert token_calls(local_org) == [200]
    assert kept.refresh_token != connection.refresh_token
