"""What every test can ask for: an account in scope, its people, clients, a live application."""

import gc
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.test import Client, TransactionTestCase

from acton_connector.accounts.models import Account, Role, User
from acton_connector.accounts.scope import account_scope
from tests.emptying import empty_tables
from tests.factories import AccountFactory, MembershipFactory
from tests.missing import do_without
from tools.browser import BROWSER_FLAGS, find_browser, what_is_missing

# Thousands of collected tests live as long as their process. To look through them again and again
# for garbage took a fifth of its processor time.
gc.set_threshold(10_000, 10, 10)

# Playwright runs an event loop in the test's thread, which Django takes for asynchronous code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

TransactionTestCase._fixture_teardown = empty_tables

pytest_plugins = ["tests.local_org", "tests.page_walk", "tests.pgbouncer", "tests.sync_kit"]

# A failure prints a blob that repeats it: @reproduce_failure(...).
hypothesis.settings.register_profile("default", deadline=None, print_blob=True)
hypothesis.settings.register_profile("deep", deadline=None, print_blob=True, max_examples=5_000)
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "default")
hypothesis.settings.load_profile(PROFILE)

# What a test may claim to prove: the letter and the highest number of each list.
PROOFS = {"requirement": ("S", 112), "fault": ("F", 86), "threat": ("T", 28)}
DATABASE_FIXTURES = {"db", "transactional_db", "live_server"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--only-database",
        action="store_true",
        help="run the tests that touch the database: the others have nothing to say on an engine",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        _check_proof_numbers(item)
    if not config.getoption("--only-database"):
        return
    kept = [item for item in items if _touches_database(item)]
    config.hook.pytest_deselected(items=[item for item in items if not _touches_database(item)])
    items[:] = kept


def pytest_collection_finish() -> None:
    """Leave what is there before the first test out of every search for garbage."""
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Without a browser, skip on a desk and fail in CI."""
    if "playwright" in getattr(item, "fixturenames", ()) and (missing := what_is_missing()):
        do_without(missing)


def _check_proof_numbers(item: pytest.Item) -> None:
    for name, (letter, last) in PROOFS.items():
        for marker in item.iter_markers(name):
            known = {f"{letter}{number}" for number in range(1, last + 1)}
            if unknown := set(marker.args) - known or (not marker.args and {"nothing"}):
                raise pytest.UsageError(f"{item.nodeid} claims to prove {name} {unknown}")


def _touches_database(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    if item.get_closest_marker("one_engine") and PROFILE != "deep":
        return False
    return bool(fixtures & DATABASE_FIXTURES) or item.get_closest_marker("django_db") is not None


@pytest.fixture
def account(db: None) -> Iterator[Account]:
    """The account that the test is about, in scope while the test runs."""
    account = AccountFactory(name="Example Company", slug="example")
    with account_scope(account):
        yield account


@pytest.fixture
def other_account(db: None) -> Account:
    """Another customer, never in scope by itself."""
    return AccountFactory(name="Other Company", slug="other")


@pytest.fixture
def administrator(account: Account) -> User:
    return MembershipFactory(account=account, role=Role.ADMINISTRATOR).user


@pytest.fixture
def marketer(account: Account) -> User:
    return MembershipFactory(account=account, role=Role.MARKETER).user


@pytest.fixture
def salesperson(account: Account) -> User:
    return MembershipFactory(account=account, role=Role.SALES).user


@pytest.fixture
def outsider(other_account: Account) -> User:
    """An administrator of another account: much may be done there, nothing here."""
    return MembershipFactory(account=other_account, role=Role.ADMINISTRATOR).user


@pytest.fixture
def client_of() -> Callable[..., Client]:
    """Return a maker of logged-in clients: `client_of(user)`, `client_of(user, csrf=True)`."""

    def make(user: User | None, *, csrf: bool = False) -> Client:
        client = Client(enforce_csrf_checks=csrf)
        if user is not None:
            client.force_login(user)
        return client

    return make


@dataclass(frozen=True)
class LiveApp:
    """The application behind a real port, on the test's database."""

    url: str

    def log_in(self, context: Any, user: User) -> None:
        """Make a Playwright browser context `user`'s, without the log-in form."""
        client = Client()
        client.force_login(user)
        name = settings.SESSION_COOKIE_NAME
        context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": self.url}])


@pytest.fixture
def live_app(live_server: Any) -> LiveApp:
    """The running application; what a browser test changes is gone after it."""
    return LiveApp(url=live_server.url)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Start the browser that is here, with the flags that a machine without a screen needs."""
    return {**browser_type_launch_args, "executable_path": find_browser(), "args": BROWSER_FLAGS}
