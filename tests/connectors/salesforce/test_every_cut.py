"""A result of 64 kB, cut at a byte: it is never taken for the whole of it.

The deep profile cuts at every byte; otherwise at every place that means something, and at others
by chance.
"""

import random
import re

import hypothesis
import pytest

from connectors.salesforce import (
    Grant,
    Network,
    NetworkError,
    RetryPolicy,
    SalesforceClient,
    fetch_result_page,
)
from connectors.salesforce.csv_rows import iterate_rows
from tests.connectors.salesforce.conftest import ORGANISATION_ID, USER_ID
from tests.connectors.salesforce.test_bodies import JOB
from tests.cut_server import RESULT_BYTES, cut_server, make_forms

FORMS = ["plain", "chunked", "gzip"]
BY_CHANCE = 40


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with cut_server(tmp_path_factory.mktemp("cuts")) as running:
        yield running


@pytest.fixture
def client(server):
    url = f"https://localhost:{server.port}"
    network = Network(
        allowed_hosts=frozenset({f"localhost:{server.port}"}),
        ca_bundle=server.ca_file,
        retry=RetryPolicy(budget_seconds=-1),
    )
    grant = Grant("00D5e000000abcd!session", url, USER_ID, ORGANISATION_ID)
    with SalesforceClient(grant, network=network) as made:
        yield made


def places(form, seed):
    """Return where to cut: everywhere, or where a header, chunk, row, cell or trailer ends."""
    whole = form.answer
    if hypothesis.settings.get_current_profile_name() == "deep":
        return range(len(whole))
    chance = random.Random(seed)
    body = whole[form.body_at :]
    ends = [m.end() + form.body_at for m in re.finditer(rb'"\n|",|""|\r\n[0-9a-f]{4}\r\n', body)]
    meaning = {*range(0, form.body_at + 3, 7), form.body_at, *range(len(whole) - 16, len(whole))}
    picked = {near for end in chance.sample(ends, BY_CHANCE) for near in (end - 5, end - 1, end)}
    return sorted(meaning | picked | set(chance.sample(range(len(whole)), BY_CHANCE)))


def read(client, kind, size):
    """Return the announced and the read number of rows of a page of which `size` bytes come."""
    page = fetch_result_page(client, JOB, locator=f"{kind}-{size}")
    body = b"".join(page.chunks())  # whole by what HTTP says, whatever it holds
    return page.number_of_records, sum(1 for _ in iterate_rows([body]))


@pytest.mark.fault("F50", "F51", "F52", "F53")
@pytest.mark.parametrize("kind", FORMS)
def test_result_is_refused_when_it_is_cut_at_any_byte(server, client, kind):
    seed = random.SystemRandom().randrange(1 << 32)
    form = server.forms[kind]

    for size in places(form, seed):
        with pytest.raises(NetworkError):
            pytest.fail(f"{size} bytes, seed {seed}: {read(client, kind, size)}")
    assert read(client, kind, len(form.answer)) == (form.rows, form.rows)


@pytest.mark.fault("F50", "F51", "F53")
@pytest.mark.parametrize("kind", FORMS)
def test_result_is_refused_when_it_is_cut_on_a_connection_that_served_before(server, client, kind):
    form = server.forms[kind]
    whole = len(form.answer)
    before = server.connections

    for size in [1, 20, form.body_at, form.body_at + 5, whole // 2, whole - 1]:
        assert read(client, kind, whole) == (form.rows, form.rows)
        with pytest.raises(NetworkError):
            read(client, kind, size)

    assert server.connections - before <= 6  # each whole answer opened the way of the cut one


def test_forms_are_as_long_on_the_wire_as_they_say():
    for form in make_forms().values():
        assert RESULT_BYTES <= len(form.answer) - form.body_at < RESULT_BYTES + 300
