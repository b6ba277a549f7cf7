"""Settings > Account > Webhook."""

import pytest
from django.urls import reverse

from sync.notices.models import Webhook
from sync.notices.webhooks import find_webhook
from tests.sync.notices.hooks import Receiver, is_signed

pytestmark = pytest.mark.one_engine


@pytest.fixture
def receiver(tmp_path, settings):
    with Receiver(tmp_path) as running:
        settings.WEBHOOK_EXTRA_HOSTS = [running.host]
        settings.WEBHOOK_CA_BUNDLE = str(running.ca_file)
        yield running


@pytest.fixture
def visit(account, administrator, client_of):
    client = client_of(administrator)

    def open_page(name="webhook", data=None):
        url = reverse(name, args=[account.slug])
        return client.get(url) if data is None else client.post(url, data, follow=True)

    return open_page


def test_an_administrator_sets_a_webhook_tries_it_and_removes_it(visit, receiver):
    answer = visit(data={"url": receiver.url})
    secret = find_webhook().secret
    assert secret in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]

    again = visit().content.decode()
    assert receiver.host in again
    assert secret not in again
    assert "token=t" not in again

    answer = visit("webhook_test", {})
    assert f"{receiver.host} has taken the test message." in answer.content.decode()
    ((_, headers, body),) = receiver.received
    assert is_signed(headers, body, secret)
    assert receiver.messages[0]["kind"] == "test"

    visit("webhook_remove", {})
    assert find_webhook() is None


def test_a_new_secret_is_shown_once_and_takes_the_place_of_the_old(visit, receiver):
    visit(data={"url": receiver.url})
    old = find_webhook().secret

    shown = visit("webhook_new_secret", {}).content.decode()

    new = find_webhook().secret
    assert new != old
    assert new in shown
    assert new not in visit().content.decode()


@pytest.mark.threat("T13")
@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("https://169.254.169.254/", "The address leads into a private network."),
        ("https://user@hooks.example.com/", "Enter an address like"),
        ("http://hooks.example.com/", "Enter an address like"),
    ],
)
def test_an_address_that_nothing_may_be_posted_to_is_refused(visit, url, sentence):
    answer = visit(data={"url": url})

    assert not Webhook.objects.exists()
    assert sentence in answer.content.decode()


@pytest.mark.threat("T13")
def test_a_test_message_to_a_private_address_says_why_it_does_not_go(visit, receiver, settings):
    visit(data={"url": receiver.url})
    settings.WEBHOOK_EXTRA_HOSTS = []

    answer = visit("webhook_test", {}).content.decode()

    assert "The test message did not arrive. The address leads into a private network." in answer
    assert receiver.connections == 0


def test_without_a_webhook_there_is_nothing_to_try(visit):
    for name in ("webhook_test", "webhook_new_secret", "webhook_remove"):
        assert "There is no webhook." in visit(name, {}).content.decode()
