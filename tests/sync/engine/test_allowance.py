"""A run that meets a limit of calls waits, and goes on by itself where it stood."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse

from acton_connector.accounts.database_clock import read_database_time
from acton_connector.accounts.services import change_limits
from connectors.budget import start_of_hour
from connectors.models import ApiUsage, Connection, Feature
from connectors.selectors import get_api_budget
from lists.models import ListRecord
from sync.engine import push as push_module
from sync.engine.runner import execute_run
from sync.models import AccountLease, FailureReason, RunState, SyncRun
from sync.previews import preview
from sync.queue import ringing
from sync.queue.tick import tick
from sync.queue.waiting import find_first, list_first_of_free_accounts
from sync.services import cancel_run, run_now
from tests.api_usage import age_calls, count_our_calls, put_usage

pytestmark = pytest.mark.scenario

LIMIT = 100_000


@pytest.fixture(autouse=True)
def whole_limit(local_org):
    """Give the organisation its calls back after a test."""
    yield
    local_org.mend()
    local_org.set_api_usage(used=0, maximum=LIMIT)


@pytest.fixture
def rung(monkeypatch):
    """Collect the runs that are rung for, instead of ringing at a broker."""
    runs = []
    monkeypatch.setattr(ringing, "ring", lambda run_id, **_options: runs.append(run_id) or True)
    return runs


def allow(sync, calls):
    """Let our share be so many calls, all of them left: half of what there is."""
    ApiUsage.objects.all().delete()
    sync.org.set_api_usage(used=1_000, maximum=1_000 + 2 * calls)
    put_usage(ours=0, used=1_000, limit=1_000 + 2 * calls)
    sync.org.forget_calls()


def count_calls(sync):
    """Return how many calls of ours the organisation has seen."""
    return len([call for call in sync.org.calls() if "/__control__/" not in call["path"]])


def free_a_day(sync, calls):
    """Let a day pass for our calls, here and in the organisation."""
    sync.org.set_api_usage(used=1_000, maximum=1_000 + 2 * calls)
    age_calls(hours=25)
    SyncRun.objects.filter(resume_at__isnull=False).update(
        resume_at=F("resume_at") - timedelta(hours=25)
    )
    sync.org.forget_calls()


def let_its_time_come(run):
    SyncRun.objects.filter(pk=run.pk).update(resume_at=read_database_time(run.account_id))


def get(run):
    return SyncRun.objects.select_related("job__list").get(pk=run.pk)


@pytest.mark.fault("F15")
def test_a_pull_that_meets_our_share_waits_and_goes_on_by_itself(sync, settings, rung):
    whole = sync.org.count("SELECT COUNT() FROM Lead WHERE IsConverted = false")
    settings.SYNC_PAGE_ROWS = 40
    share = 8
    allow(sync, share)

    job = sync.import_leads()

    run = job.runs.get()
    assert run.state == RunState.WAITING_FOR_ALLOWANCE, run.message
    assert share - 1 <= count_calls(sync) <= share + 1
    assert 0 < run.records_read < whole
    assert run.resume_at > read_database_time(run.account_id) + timedelta(hours=23)
    assert AccountLease.objects.get().run_id is None
    rung.clear()
    before = count_calls(sync)
    tick()
    assert rung == []
    assert not execute_run(run.pk)
    assert (count_calls(sync), get(run).attempts) == (before, 0)

    days = 0
    while get(run).state == RunState.WAITING_FOR_ALLOWANCE:
        days += 1
        assert days < 10
        free_a_day(sync, share)
        rung.clear()
        tick()
        assert rung == [run.pk]
        assert execute_run(run.pk)
        assert count_calls(sync) <= share + 1

    done = get(run)
    assert (done.state, done.message, done.advice) == (RunState.SUCCEEDED, "", "")
    assert done.records_read == done.records_added == whole
    ids = list(ListRecord.objects.filter(list=job.list).values_list("salesforce_id", flat=True))
    assert len(ids) == len(set(ids)) == whole


@pytest.mark.fault("F15")
# Six calls look the addresses up, and then so many are left that some rows are on their way.
@pytest.mark.parametrize(("way", "share"), [("collections", 8), ("bulk", 11)])
def test_a_push_that_meets_our_share_doubles_nothing(sync, monkeypatch, rung, way, share):
    if way == "bulk":
        monkeypatch.setattr(push_module, "BULK_FROM", 1)
    job = sync.import_leads()
    sync.set_up(job, push_add=True)
    mark = sync.unique("allowance").split("@")[0]
    for number in range(450):
        sync.add_local(job, Email=f"{number}.{mark}@example.net", LastName="P", Company="C")
    allow(sync, share)

    run = sync.run(job)

    assert run.state == RunState.WAITING_FOR_ALLOWANCE, run.message
    assert count_calls(sync) <= share + 1
    rounds = 0
    while get(run).state == RunState.WAITING_FOR_ALLOWANCE:
        rounds += 1
        assert rounds < 15
        free_a_day(sync, share)
        tick()
        assert execute_run(run.pk)
        assert count_calls(sync) <= share + 1

    assert get(run).state == RunState.SUCCEEDED, get(run).message
    there = sync.org.query(f"SELECT Email FROM Lead WHERE Email LIKE '%{mark}@example.net'")
    assert len(there) == len({row["Email"] for row in there}) == 450
    assert not ListRecord.objects.filter(list=job.list, salesforce_id=None).exists()


@pytest.mark.fault("F15")
def test_salesforces_own_limit_is_tried_again_an_hour_later_with_one_call(sync, rung):
    job = sync.import_leads()
    sync.set_up(job, pull_add=True)
    sync.account.api_budget_percent = 100
    sync.account.save()
    allow(sync, 50)
    sync.org.set_api_usage(used=LIMIT, maximum=LIMIT)
    Connection.objects.update(api_told_at=None)
    sync.org.forget_calls()

    run = sync.run(job)

    assert (run.state, count_calls(sync)) == (RunState.WAITING_FOR_ALLOWANCE, 1)
    assert "REQUEST_LIMIT_EXCEEDED" in run.message
    now = read_database_time(run.account_id)
    assert now + timedelta(minutes=59) < run.resume_at <= now + timedelta(hours=1)

    sync.org.set_api_usage(used=0, maximum=LIMIT)
    let_its_time_come(run)
    tick()
    assert execute_run(run.pk)
    assert get(run).state == RunState.SUCCEEDED


def test_a_waiting_run_lets_the_others_of_its_account_pass(sync):
    job = sync.import_leads()
    sync.set_up(job, pull_add=True)
    run = run_now_later(sync, job)

    other = sync.import_leads(name="Other")

    assert other.runs.get().state == RunState.SUCCEEDED
    assert get(run).state == RunState.WAITING_FOR_ALLOWANCE
    assert find_first(sync.account.pk) is None
    assert list_first_of_free_accounts() == []


def test_a_waiting_run_goes_on_when_the_share_is_raised(sync):
    job = sync.import_leads()
    sync.set_up(job, pull_add=True)
    allow(sync, 1)
    run = sync.run(job)
    sync.org.set_api_usage(used=1_000, maximum=LIMIT)

    change_limits(account=sync.account, limits={"max_scheduled_syncs": 9})
    assert find_first(sync.account.pk) is None
    sync.org.forget_calls()
    change_limits(account=sync.account, limits={"api_budget_percent": 40})
    for _ in range(5):  # more often than a run may begin at one place
        let_its_time_come(run)
        again = sync.execute(run)
        assert (again.state, count_calls(sync)) == (RunState.WAITING_FOR_ALLOWANCE, 0)
    change_limits(account=sync.account, limits={"api_budget_percent": 100})

    assert sync.execute(run).state == RunState.SUCCEEDED


def test_a_waiting_run_can_be_cancelled(sync):
    job = sync.import_leads()
    sync.set_up(job, pull_add=True)
    run = run_now_later(sync, job)

    cancel_run(run=run, actor=sync.actor)

    assert (get(run).state, get(run).resume_at) == (RunState.CANCELLED, None)
    assert not execute_run(run.pk)


def test_a_second_click_finds_the_run_that_waits(sync):
    job = sync.import_leads()
    sync.set_up(job, pull_add=True)
    run = run_now_later(sync, job)

    assert run_now(job=job, actor=sync.actor) == run


def run_now_later(sync, job):
    """Return a run of `job` that waits for calls until tomorrow."""
    allow(sync, 1)
    run = sync.run(job)
    assert run.state == RunState.WAITING_FOR_ALLOWANCE
    allow(sync, LIMIT)
    return run


@pytest.mark.parametrize(
    "changes",
    [{"resume_at": None}, {"state": RunState.RUNNING}, {"state": RunState.INTERRUPTED}],
)
def test_the_database_holds_that_only_a_waiting_run_has_its_time(sync, changes):
    job = sync.import_leads()
    sync.set_up(job, pull_add=True)
    run = run_now_later(sync, job)

    with pytest.raises(IntegrityError, match="waits_for_allowance"), transaction.atomic():
        SyncRun.objects.filter(pk=run.pk).update(**changes)


@pytest.mark.fault("F15")
def test_a_preview_that_meets_our_share_ends_with_the_sentence(sync):
    job = sync.import_leads()
    sync.set_up(job, pull_add=True)
    allow(sync, 1)

    run = sync.execute(preview(job=job, actor=sync.actor))

    assert (run.state, run.failure_reason) == (RunState.FAILED, FailureReason.LIMIT)
    assert "This account's share of Salesforce's API calls is 1 in 24 hours" in run.message
    assert "--api-budget-percent" in run.advice


@pytest.mark.fault("F15")
def test_pages_tell_how_a_waiting_run_stands(sync, client_of):
    sync.account.time_zone = "Asia/Tokyo"
    sync.account.save()
    job = sync.import_leads()
    sync.set_up(job, pull_add=True)
    allow(sync, 1)
    run = sync.run(job)

    page = client_of(sync.actor).get(reverse("run_detail", args=["example", run.pk]))

    text = page.content.decode()
    local = run.resume_at.astimezone(sync.account.zone)
    assert "Waiting for allowance" in text
    assert "API calls is 1 in 24 hours, and 1 are used." in text
    assert f"from {local:%H:%M on %d %B %Y} (Asia/Tokyo) on" in text
    assert "Whoever runs the application can raise the share" in text
    assert reverse("run_cancel", args=["example", run.pk]) in text
    dashboard = client_of(sync.actor).get(reverse("dashboard", args=["example"])).content.decode()
    assert "1 of 1" in dashboard
    assert "Our share is used up" in dashboard


@pytest.mark.fault("F15")
def test_a_page_that_needs_salesforce_says_that_our_share_is_used_up(sync, client_of):
    put_usage(ours=10, used=10, limit=20)
    sync.org.forget_calls()

    page = client_of(sync.actor).get(reverse("list_import_choose", args=["example", "campaign"]))

    assert "API calls is 10 in 24 hours, and 10 are used" in page.content.decode()
    assert count_calls(sync) == 0


@pytest.mark.fault("F15")
def test_each_feature_has_its_calls_and_together_they_are_what_salesforce_saw(sync):
    ApiUsage.objects.all().delete()
    sync.org.forget_calls()
    job = sync.import_leads()
    sync.set_up(job, pull_add=True)
    sync.execute(preview(job=job, actor=sync.actor))

    assert count_our_calls() == count_calls(sync) == get_api_budget().our_calls
    assert set(ApiUsage.objects.values_list("feature", flat=True)) == {
        Feature.SYNCS,
        Feature.PREVIEWS,
    }


@pytest.mark.fault("F15")
def test_a_share_that_brings_a_run_to_no_checkpoint_fails_it_with_a_sentence(sync, rung):
    job = sync.import_leads()
    sync.set_up(job, push_add=True)
    name = sync.unique("Nobody")
    for _ in range(30):
        sync.add_local(job, Email=sync.unique(), LastName=name, Company="C")
    allow(sync, 1)

    run = sync.run(job)
    days = 0
    while get(run).state == RunState.WAITING_FOR_ALLOWANCE:
        days += 1
        assert days < 4
        free_a_day(sync, 1)
        tick()
        assert execute_run(run.pk)
        assert count_calls(sync) <= 2

    failed = get(run)
    assert (failed.state, failed.failure_reason) == (RunState.FAILED, FailureReason.LIMIT)
    assert failed.message.startswith("This account's share of Salesforce's API calls is 1 in 24")
    assert "account_limits --api-budget-percent" in failed.advice
    assert not sync.org.query(f"SELECT Id FROM Lead WHERE LastName = '{name}'")


@pytest.mark.fault("F15")
def test_a_run_waits_where_other_programs_leave_no_share_at_all(sync, rung):
    job = sync.import_leads()
    sync.set_up(job, push_add=True)
    for _ in range(30):
        sync.add_local(job, Email=sync.unique(), LastName="Shareless", Company="C")
    allow(sync, 1)
    run = sync.run(job)
    free_a_day(sync, 0)
    sync.org.set_api_usage(used=1_000, maximum=1_001)
    Connection.objects.update(api_told_at=None)  # so its first call tells that nothing is left
    checkpoint = get(run).checkpoint
    tick()

    assert execute_run(run.pk)

    waiting = get(run)
    assert (waiting.state, waiting.checkpoint) == (RunState.WAITING_FOR_ALLOWANCE, checkpoint)
    assert waiting.resume_at > read_database_time(run.account_id) + timedelta(hours=23)


@pytest.mark.fault("F15")
def test_a_run_that_came_nowhere_with_little_room_waits_for_more_of_it(sync, rung):
    share = 8
    job = sync.import_leads()
    sync.set_up(job, push_add=True)
    for _ in range(30):
        sync.add_local(job, Email=sync.unique(), LastName="Roomy", Company="C")
    allow(sync, share)
    use_all_but_one(sync, share)
    run = sync.run(job)
    use_all_but_one(sync, share)
    let_its_time_come(run)
    checkpoint = get(run).checkpoint
    tick()

    assert execute_run(run.pk)

    waiting = get(run)
    assert (waiting.state, waiting.checkpoint) == (RunState.WAITING_FOR_ALLOWANCE, checkpoint)
    # Two calls grow old within three hours, the next ones within five.
    assert waiting.resume_at > read_database_time(run.account_id) + timedelta(hours=3.5)


def use_all_but_one(sync, share):
    """Leave room for one call; of the others, two were made 22 hours ago and the rest 20."""
    now, used = start_of_hour(read_database_time(sync.account.pk)), 1_000 + share - 1
    ApiUsage.objects.all().delete()
    for hours, calls in ((22, 2), (20, share - 3)):
        hour = now - timedelta(hours=hours)
        ApiUsage(account=sync.account, hour=hour, feature=Feature.SYNCS, our_calls=calls).save()
    Connection.objects.update(api_used=used, api_ours=share - 1)
    sync.org.set_api_usage(used=used, maximum=1_000 + 2 * share)
