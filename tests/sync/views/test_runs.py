from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from sync.models import RunState, Trigger
from tests.factories import MarketingListFactory, SyncJobFactory, SyncRunFactory
from tests.sync.views.pages import text_of


@pytest.fixture
def url(account):
    return reverse("runs", args=[account.slug])


def run_links(page, runs):
    text = text_of(page)
    return [run for run in runs if reverse("run_detail", args=["example", run.pk]) in text]


def test_runs_lead_to_the_import_when_nothing_has_run(account, marketer, client_of, url):
    page = text_of(client_of(marketer).get(url))

    assert "Nothing has run yet" in page
    assert reverse("list_import", args=[account.slug]) in page


@pytest.fixture
def some_runs(make_run):
    other = SyncJobFactory(list=MarketingListFactory(name="Other list"))
    return [
        make_run(state=RunState.SUCCEEDED, trigger=Trigger.SCHEDULE),
        make_run(state=RunState.FAILED, trigger=Trigger.MANUAL),
        SyncRunFactory(job=other, state=RunState.SUCCEEDED, trigger=Trigger.MANUAL),
    ]


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("state", RunState.SUCCEEDED, [0, 2]),
        ("state", RunState.FAILED, [1]),
        ("trigger", Trigger.MANUAL, [1, 2]),
        ("list", "other", [2]),
        ("state", "nonsense", [0, 1, 2]),
    ],
)
def test_runs_are_narrowed_down_when_a_filter_is_chosen(
    some_runs, marketer, client_of, url, key, value, expected
):
    value = some_runs[2].job.list_id if value == "other" else value

    page = client_of(marketer).get(url, {key: value})

    assert run_links(page, some_runs) == [some_runs[place] for place in expected]


@pytest.mark.threat("T1")
def test_runs_offer_no_list_of_another_account_when_there_is_one(
    some_runs, other_account, marketer, client_of, url
):
    theirs = SyncRunFactory(job=SyncJobFactory(account=other_account, list__account=other_account))

    assert theirs.job.list.name not in text_of(client_of(marketer).get(url))
    page = client_of(marketer).get(url, {"list": theirs.job.list_id})
    assert run_links(page, [theirs]) == []


@pytest.mark.requirement("S85")
def test_runs_show_the_place_in_the_queue_when_several_wait(make_run, marketer, client_of, url):
    now = timezone.now()
    make_run(queued_at=now - timedelta(minutes=2))
    SyncRunFactory(job=SyncJobFactory(), queued_at=now)

    text = text_of(client_of(marketer).get(url))

    assert "number 1 in the queue" in text
    assert "number 2 in the queue" in text


def test_runs_come_fifty_a_page_newest_first_when_there_are_more(
    make_run, marketer, client_of, url
):
    now = timezone.now()
    runs = [
        make_run(state=RunState.SUCCEEDED, queued_at=now - timedelta(hours=age))
        for age in range(53)
    ]

    assert run_links(client_of(marketer).get(url), runs) == runs[:50]
    second = client_of(marketer).get(url, {"page": "2", "state": "succeeded"})
    assert run_links(second, runs) == runs[50:]
    assert "state=succeeded" in second.content.decode()


def test_runs_need_the_same_queries_when_there_are_more_of_them(
    make_run, marketer, client_of, url, django_assert_max_num_queries
):
    for _ in range(30):
        make_run(state=RunState.SUCCEEDED)
    client = client_of(marketer)

    with django_assert_max_num_queries(10):
        client.get(url)
