from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection as database
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from acton_connector.accounts.database_clock import read_database_time
from acton_connector.accounts.scope import current_account_id
from connectors.models import ApiUsage, Connection, Feature
from connectors.salesforce import ApiCall, LimitError
from connectors.selectors import get_api_budget, list_calls_by_feature
from connectors.usage import UsageMeter
from tests.api_usage import age_calls, put_usage
from tests.factories import ConnectionFactory


def call(used=None, maximum=None):
    return ApiCall(method="GET", status=200, used=used, maximum=maximum)


def test_meter_adds_to_the_hour_when_flushed_again(account):
    ConnectionFactory()
    meter = UsageMeter(feature=Feature.SYNCS)
    for number in range(5):
        meter(call(used=100 + number, maximum=15_000))
    meter.flush()
    meter(call())
    meter.flush()

    told = Connection.objects.get()
    assert ApiUsage.objects.get().our_calls == 6
    assert (told.api_used, told.api_limit, told.api_ours) == (104, 15_000, 5)
    assert meter.calls == 6


def test_meter_costs_no_query_when_calls_are_counted_or_nothing_is_new(account):
    meter = UsageMeter(feature=Feature.SYNCS)
    with CaptureQueriesContext(database) as queries:
        for _ in range(1_000):
            meter(call(used=1, maximum=2))
    assert len(queries) == 0
    meter.flush()
    with CaptureQueriesContext(database) as queries:
        meter.flush()
    assert len(queries) == 0


def test_meter_counts_every_call_when_threads_share_it(account):
    meter = UsageMeter(feature=Feature.SYNCS)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: meter(call()), range(4_000)))
    meter.flush()

    assert ApiUsage.objects.get().our_calls == 4_000


def test_meter_flushes_when_its_block_ends_with_an_error(account):
    def work():
        with UsageMeter(feature=Feature.SYNCS) as meter:
            meter(call())
            raise RuntimeError("the work failed")

    with pytest.raises(RuntimeError, match="the work failed"):
        work()

    assert ApiUsage.objects.get().our_calls == 1


@pytest.mark.fault("F15")
def test_share_is_a_part_of_what_other_programs_leave(account):
    ConnectionFactory()
    put_usage(ours=100, used=5_100, limit=15_000)

    budget = get_api_budget()

    assert (budget.our_share, budget.remaining, budget.is_exhausted) == (5_000, 4_900, False)


@pytest.mark.fault("F15")
def test_calls_count_for_the_24_hours_behind_their_hour_and_what_was_told_for_24(account):
    ConnectionFactory()
    put_usage(ours=100, used=5_100, limit=15_000)

    age_calls(hours=24)
    assert get_api_budget().our_calls == 100
    age_calls(hours=1)
    assert (get_api_budget().our_calls, get_api_budget().our_share) == (0, 5_000)

    Connection.objects.update(api_told_at=F("api_told_at") - timedelta(hours=24))
    assert get_api_budget().our_share is None


@pytest.mark.fault("F15")
def test_meter_lets_no_call_pass_the_share_and_asks_the_database_for_none(account):
    ConnectionFactory()
    put_usage(ours=3, used=1_003, limit=1_020)
    meter = UsageMeter(feature=Feature.SYNCS)

    with CaptureQueriesContext(database) as queries:
        for number in range(1_004, 1_011):
            meter.keep_to_share()
            meter(call(used=number, maximum=1_020))
        with pytest.raises(LimitError) as stopped:
            meter.keep_to_share()

    assert len(queries) == 0
    assert stopped.value.code == "API_BUDGET"
    assert "is 10 in 24 hours, and 10 are used" in stopped.value.message


@pytest.mark.fault("F15")
def test_meter_learns_at_a_flush_what_other_workers_called(account):
    ConnectionFactory()
    put_usage(ours=0, used=0, limit=20)
    ours, theirs = UsageMeter(feature=Feature.SYNCS), UsageMeter(feature=Feature.SETUP)
    for number in range(9):
        theirs(call(used=number + 1, maximum=20))
    theirs.flush()

    ours(call(used=10, maximum=20))
    ours.flush()

    with pytest.raises(LimitError):
        ours.keep_to_share()


def test_the_newest_answer_wins_however_late_an_older_one_is_stored(account):
    ConnectionFactory()
    at_the_call_and_at_the_flush = iter([100.0, 105.0])
    early = UsageMeter(feature=Feature.SYNCS, clock=lambda: next(at_the_call_and_at_the_flush))
    late = UsageMeter(feature=Feature.SYNCS)
    early(call(used=1, maximum=500))
    late(call(used=2, maximum=600))

    late.flush()
    early.flush()

    assert Connection.objects.get().api_limit == 600


def test_features_have_rows_of_their_own_and_add_up(account):
    for feature, calls in ((Feature.SYNCS, 3), (Feature.SETUP, 2)):
        for _ in range(calls):
            with UsageMeter(feature=feature) as meter:
                meter(call())

    assert dict(ApiUsage.objects.values_list("feature", "our_calls")) == {"syncs": 3, "setup": 2}
    assert list_calls_by_feature() == [("Syncs and imports", 3), ("Pages and set-up", 2)]
    assert get_api_budget().our_calls == 5
    (hour,) = set(ApiUsage.objects.values_list("hour", flat=True))
    assert hour <= read_database_time(current_account_id()) < hour + timedelta(hours=1)
    assert (hour.minute, hour.second, hour.microsecond) == (0, 0, 0)


def test_share_is_unknown_when_salesforce_has_not_told_its_limit(account):
    meter = UsageMeter(feature=Feature.SYNCS)
    meter(call())
    meter.flush()

    budget = get_api_budget()

    assert budget.our_calls == 1
    assert budget.our_share is None
    assert not budget.is_exhausted


def test_meter_knows_salesforces_time_of_the_last_answer_that_told_it(account):
    moment = datetime(2026, 3, 1, 12, tzinfo=UTC)
    meter = UsageMeter(feature=Feature.SYNCS)

    meter(ApiCall("GET", 200, None, None, moment))
    meter(call())

    assert meter.answered_at == moment
