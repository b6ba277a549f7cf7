"""The calendar's overlaps, and start times at which no sync waits for another."""

from datetime import UTC, date, datetime, time, timedelta
from random import Random

import pytest
from django.utils import timezone

from acton_connector.accounts.models import AuditEvent
from sync.calendar.stagger import apply_proposal, propose
from sync.calendar.week import PlannedStart, list_days, mark_overlaps, read_schedules
from sync.errors import InvalidSetupError
from sync.models import RunState, SyncJob
from sync.schedules.schedule import EveryHours, OnDayOfMonth, OnWeekdays
from tests.factories import SyncJobFactory, SyncRunFactory

pytestmark = pytest.mark.django_db


def schedule(rule, minutes=None):
    """Make a job on a schedule; `minutes` is how long its last sync took."""
    job = SyncJobFactory(schedule=rule, next_due_at=timezone.now() + timedelta(days=1))
    if minutes is not None:
        SyncRunFactory(
            job=job,
            state=RunState.SUCCEEDED,
            finished_at=timezone.now(),
            started_at=timezone.now() - timedelta(minutes=minutes),
        )
    return job


def starts_of_the_week(account):
    return [start for day in list_days(read_schedules(account)) for start in day.starts]


def test_overlapping_starts_are_those_that_meet_at_any_minute():
    at = datetime(2026, 12, 1, 2, tzinfo=UTC)
    random = Random(5)
    for _ in range(300):
        starts = [
            PlannedStart(SyncJob(pk=n), at + timedelta(minutes=random.randrange(60)),
                         timedelta(minutes=random.randint(1, 15)))
            for n in range(6)
        ]  # fmt: skip
        marked = {each.job.pk for each in mark_overlaps(starts) if each.overlaps}
        meeting = {
            one.job.pk
            for one in starts
            for other in starts
            if one is not other and one.start < other.end and other.start < one.end
        }
        assert marked == meeting


@pytest.mark.requirement("S65", "S85")
def test_stagger_moves_what_collides_and_leaves_the_longest_where_it_is(account, administrator):
    longest = schedule(OnWeekdays(time(2)), minutes=40)
    daily = schedule(OnWeekdays(time(2)), minutes=5)
    hourly = schedule(EveryHours(6, time(2), date(2026, 1, 1)), minutes=5)
    apart = schedule(OnWeekdays(time(12)), minutes=5)
    assert sum(start.overlaps for start in starts_of_the_week(account)) >= 14

    proposal = propose(read_schedules(account))
    apply_proposal(account=account, key=proposal.key, actor=administrator)

    assert {move.job.pk for move in proposal.moves} == {daily.pk, hourly.pk}
    assert not any(start.overlaps for start in starts_of_the_week(account))
    for job in (longest, apart):
        assert SyncJob.objects.get(pk=job.pk).schedule == job.schedule
    moved = SyncJob.objects.get(pk=daily.pk)
    assert moved.schedule == OnWeekdays(time(1, 45))
    assert moved.next_due_at.astimezone(account.zone).time() == time(1, 45)
    told = AuditEvent.objects.filter(action="sync.staggered")
    assert {event.before["schedule"] for event in told} == {
        "Daily at 02:00", "Every 6 hours from 02:00",
    }  # fmt: skip
    assert not propose(read_schedules(account)).moves


@pytest.mark.requirement("S85")
def test_stagger_finds_room_for_ten_random_schedules_and_keeps_their_days(account):
    random = Random(11)
    for number in range(10):
        at = time(random.choice([1, 2]), 0)
        rules = [
            OnWeekdays(at),
            OnWeekdays(at, frozenset(random.sample(range(7), 2))),
            OnDayOfMonth(at, random.randint(1, 31)),
            EveryHours(random.choice([6, 8, 12]), at, date(2026, 1, 1)),
        ]
        schedule(rules[number % 4], minutes=random.randint(1, 20))

    proposal = propose(read_schedules(account))

    assert not proposal.stuck
    for move in proposal.moves:
        if isinstance(move.before, OnWeekdays):
            assert move.after.weekdays == move.before.weekdays
        if isinstance(move.before, OnDayOfMonth):
            assert move.after.day == move.before.day
    apply_proposal(account=account, key=proposal.key, actor=None)
    assert not any(start.overlaps for start in starts_of_the_week(account))


def test_stagger_tells_which_list_has_no_free_time(account):
    schedule(EveryHours(4, time(0), date(2026, 1, 1)), minutes=238)
    stuck = schedule(OnWeekdays(time(2)), minutes=5)

    proposal = propose(read_schedules(account))

    assert [job.pk for job in proposal.stuck] == [stuck.pk]
    assert not proposal.moves


def test_proposal_that_is_out_of_date_changes_nothing(account):
    schedule(OnWeekdays(time(2)), minutes=40)
    moved = schedule(OnWeekdays(time(2)), minutes=5)
    key = propose(read_schedules(account)).key
    third = schedule(OnWeekdays(time(1, 45)), minutes=15)

    with pytest.raises(InvalidSetupError, match="have changed"):
        apply_proposal(account=account, key=key, actor=None)

    for job in (moved, third):
        assert SyncJob.objects.get(pk=job.pk).schedule == job.schedule
