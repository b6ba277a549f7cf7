"""PostgreSQL is stopped hard and started again: the pages answer as soon as it does (F81)."""

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.processes import wait_until
from tests.scenarios.worker import ROOT
from tools.services.postgresql import make_cluster
from tools.services.processes import free_port, running_server

pytestmark = [pytest.mark.scenario, pytest.mark.fault("F81")]

THREADS = 4
PREPARE = """
import json
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.test import Client
from acton_connector.accounts.models import Role
from tests.factories import AccountFactory, MembershipFactory
account = AccountFactory(slug="example")
client = Client()
client.force_login(MembershipFactory(account=account, role=Role.ADMINISTRATOR).user)
print(json.dumps({name: each.value for name, each in client.cookies.items()}))
"""


class Application:
    """The web server of production on a database of its own, and a person who is logged in."""

    def __init__(self, url, cookies):
        self.url, self.cookies = url, cookies

    def ask(self, _number=0):
        """Return the status of a page that reads session, person, account and lists."""
        answer = requests.get(
            f"{self.url}/a/example/", cookies=self.cookies, allow_redirects=False, timeout=30
        )
        return answer.status_code

    def ask_in_every_thread(self):
        """Return the statuses of enough requests at once that each thread gets some of them."""
        with ThreadPoolExecutor(THREADS * 2) as people:
            return set(people.map(self.ask, range(THREADS * 10)))


@pytest.fixture
def cluster():
    with make_cluster() as cluster:
        yield cluster


@pytest.fixture
def environment(cluster, tmp_path):
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "acton_connector.settings",
        "DATABASE_URL": cluster.url,
        "VAR_DIR": str(tmp_path / "var"),
        "REDIS_URL": "",
    }


def start_application(environment, tmp_path):
    """Prepare the database, which is running, and start the web server beside it."""
    made = subprocess.run(
        [sys.executable, "-c", PREPARE],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert made.returncode == 0, made.stderr[-2_000:]
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "granian", "acton_connector.wsgi:application", "--no-ws"]
    command += ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", "1", "--blocking-threads", str(THREADS)]
    web = running_server(
        command,
        is_ready=lambda: answers(url),
        log=tmp_path / "web.log",
        cwd=ROOT,
        env=environment,
    )
    return web, Application(url, json.loads(made.stdout.splitlines()[-1]))


def answers(url):
    try:
        requests.get(f"{url}/people/login/", timeout=5)
    except requests.RequestException:
        return False
    return True


def stop_hard(server):
    """Stop PostgreSQL as a crash does: every connection breaks, nothing is written any more."""
    server.send_signal(signal.SIGQUIT)
    server.wait(15)


@pytest.mark.parametrize("asked_meanwhile", [False, True], ids=["unasked", "asked meanwhile"])
def test_no_request_fails_once_the_database_is_back(
    cluster, environment, tmp_path, asked_meanwhile
):
    """Not 30 seconds later but at once: each thread holds a connection that broke unnoticed."""
    with cluster.serving() as server:
        web, application = start_application(environment, tmp_path)
        with web:
            wait_until(lambda: application.ask() == 200, seconds=30)
            assert application.ask_in_every_thread() == {200}
            stop_hard(server)
            if asked_meanwhile:
                assert application.ask_in_every_thread() == {500}
            with cluster.serving():
                assert application.ask_in_every_thread() == {200}
