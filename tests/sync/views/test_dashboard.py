import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from connectors.models import ConnectionState
from sync.models import Direction, RecordIssue, RunState
from tests.api_usage import put_usage
from tests.factories import ConnectionFactory, SyncJobFactory
from tests.sync.views.pages import text_of


@pytest.fixture
def url(account):
    return reverse("dashboard", args=[account.slug])


def test_dashboard_says_connect_first_when_there_is_no_connection(
    account, administrator, marketer, client_of, url
):
    link = f'href="{reverse("salesforce_connection", args=[account.slug])}">Connect Salesforce'

    assert link in text_of(client_of(administrator).get(url))
    text = text_of(client_of(marketer).get(url))
    assert link not in text
    assert "An administrator of the account does that." in text


def test_dashboard_says_import_when_there_is_no_list(account, connection, marketer, client_of, url):
    text = text_of(client_of(marketer).get(url))

    assert "Import your first list" in text
    assert f'href="{reverse("list_import", args=[account.slug])}"' in text


@pytest.mark.requirement("S12")
@pytest.mark.parametrize("role", ["marketer", "salesperson"])
def test_dashboard_tells_the_state_and_the_reason_when_the_connection_is_paused(
    account, client_of, url, request, role
):
    ConnectionFactory(
        account=account, state=ConnectionState.PAUSED, reason="The password has expired."
    )

    text = text_of(client_of(request.getfixturevalue(role)).get(url))

    assert "Needs attention" in text
    assert "The password has expired." in text


def test_dashboard_says_set_up_a_sync_when_a_list_was_only_imported(
    account, job, marketer, client_of, url
):
    link = reverse("sync_setup", args=[account.slug, job.list_id])
    assert f'href="{link}">Sync Setup' in text_of(client_of(marketer).get(url))

    job.pull_add = True
    job.save()

    assert f'href="{link}">Sync Setup' not in text_of(client_of(marketer).get(url))


def test_dashboard_says_look_at_the_run_when_the_last_one_failed(
    job, make_run, marketer, client_of, url
):
    run = make_run(
        state=RunState.FAILED, message="Salesforce refused.", advice="Update the credentials."
    )

    text = text_of(client_of(marketer).get(url))

    assert "Look at the failed run of “All Salesforce Leads”" in text
    assert "Update the credentials." in text
    assert reverse("run_detail", args=["example", run.pk]) in text
    make_run(state=RunState.SUCCEEDED)
    assert "Look at the failed run" not in text_of(client_of(marketer).get(url))


def test_dashboard_says_check_the_removals_when_a_run_held_some(make_run, marketer, client_of, url):
    make_run(state=RunState.SUCCEEDED_WITH_ERRORS, removals_held=1_250)

    assert "1,250 records were not found in Salesforce" in text_of(client_of(marketer).get(url))


def test_dashboard_tells_our_calls_our_share_and_the_limit_when_salesforce_told_it(
    account, connection, marketer, client_of, url
):
    put_usage(ours=1_234, used=21_234, limit=100_000)

    text = text_of(client_of(marketer).get(url))

    assert "1,234 of 40,000" in text
    assert "21,234 of 100,000" in text
    assert "Syncs and imports" in text


@time_machine.travel(datetime(2026, 3, 10, 12, 0, tzinfo=UTC), tick=False)
def test_dashboard_counts_the_runs_of_fourteen_days_in_chart_and_table_when_there_are_some(
    make_run, marketer, client_of, url
):
    now = timezone.now()
    make_run(state=RunState.SUCCEEDED, queued_at=now)
    make_run(state=RunState.SUCCEEDED, queued_at=now)
    make_run(state=RunState.FAILED, queued_at=now - timedelta(days=13))
    make_run(state=RunState.FAILED, queued_at=now - timedelta(days=14))

    page = client_of(marketer).get(url)

    text = text_of(page)
    assert page.context["chart"]["succeeded"] == [0] * 13 + [2]
    assert page.context["chart"]["failed"] == [1] + [0] * 13
    assert '<th scope="row">10 Mar 2026</th><td class="text-end">2</td>' in text
    assert '<script id="runs-data" type="application/json">' in text


def test_dashboard_tells_each_lists_freshness_when_there_are_lists(
    job, make_run, marketer, client_of, url
):
    run = make_run(state=RunState.SUCCEEDED)
    SyncJobFactory(list__name="Never synced")

    text = text_of(client_of(marketer).get(url))

    assert run.finished_at.isoformat(timespec="microseconds") in text
    assert "Never synced" in text
    assert "not scheduled" in text


def test_dashboard_tells_errors_by_cause_when_records_were_set_aside(
    account, make_run, marketer, client_of, url
):
    run = make_run(state=RunState.SUCCEEDED_WITH_ERRORS)
    for number in range(3):
        RecordIssue(
            account=account, run=run, direction=Direction.PUSH, record_key=str(number),
            code="STRING_TOO_LONG", message="data value too large", advice="Shorten the value.",
        ).save()  # fmt: skip

    text = text_of(client_of(marketer).get(url))

    assert "STRING_TOO_LONG" in text
    assert re.search(r"<td[^>]*>3</td><td[^>]*>Shorten the value\.</td>", text)


def test_dashboard_keeps_to_the_connection_when_a_salesperson_looks(
    connection, make_run, salesperson, client_of, url
):
    make_run(state=RunState.FAILED, message="Salesforce refused.")

    page = client_of(salesperson).get(url)

    text = text_of(page)
    assert "Connected" in text
    assert "What to expect" in text
    assert "Salesforce refused." not in text
    assert "All Salesforce Leads" not in text
    assert "Calls to Salesforce" not in text
    assert not any(name in page.context for name in ("freshness", "budget", "causes"))
