from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from connectors.models import ApiUsage
from connectors.salesforce import ApiCall
from connectors.selectors import get_api_budget
from connectors.usage import UsageMeter, today


def call(used=None, maximum=None):
    return ApiCall(method="GET", status=200, used=used, maximum=maximum)


def test_meter_adds_to_the_day_when_flushed_again(account):
    meter = UsageMeter()
    for number in range(5):
        meter(call(used=100 + number, maximum=15_000))
    meter.flush()
    meter(call())
    meter.flush()

    usage = ApiUsage.objects.get(day=today())
    assert (usage.our_calls, usage.organization_used, usage.organization_limit) == (6, 104, 15_000)
    assert meter.calls == 6


def test_meter_costs_no_query_when_calls_are_counted_or_nothing_is_new(account):
    meter = UsageMeter()
    with CaptureQueriesContext(database) as queries:
        for _ in range(1_000):
            meter(call(used=1, maximum=2))
    assert len(queries) == 0
    meter.flush()
    with CaptureQueriesContext(database) as queries:
        meter.flush()
    assert len(queries) == 0


def test_meter_counts_every_call_when_threads_share_it(account):
    meter = UsageMeter()
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: meter(call()), range(4_000)))
    meter.flush()

    assert ApiUsage.objects.get().our_calls == 4_000


def test_meter_flushes_when_its_block_ends_with_an_error(account):
    def work():
        with UsageMeter() as meter:
            meter(call())
            raise RuntimeError("the work failed")

    with pytest.raises(RuntimeError, match="the work failed"):
        work()

    assert ApiUsage.objects.get().our_calls == 1


@pytest.mark.fault("F15")
def test_share_is_a_part_of_what_other_programs_leave(account):
    account.api_budget_percent = 50
    ApiUsage(
        account=account, day=today(), our_calls=100, organization_used=5_100,
        organization_limit=15_000,
    ).save()  # fmt: skip

    budget = get_api_budget(account)

    assert (budget.our_share, budget.remaining, budget.is_exhausted) == (5_000, 4_900, False)


@pytest.mark.fault("F15")
def test_share_does_not_shrink_when_we_alone_use_it(account):
    def share(calls):
        ApiUsage.objects.update_or_create(
            account=account,
            day=today(),
            defaults={
                "our_calls": calls,
                "organization_used": 1_000 + calls,
                "organization_limit": 11_000,
            },
        )
        return get_api_budget(account)

    assert share(0).our_share == share(4_999).our_share == 5_000
    assert not share(4_999).is_exhausted
    assert share(5_000).is_exhausted


def test_share_is_unknown_when_salesforce_has_not_told_its_limit(account):
    meter = UsageMeter()
    meter(call())
    meter.flush()

    budget = get_api_budget(account)

    assert budget.our_calls == 1
    assert budget.our_share is None
    assert not budget.is_exhausted


def test_meter_knows_salesforces_time_of_the_last_answer_that_told_it(account):
    moment = datetime(2026, 3, 1, 12, tzinfo=UTC)
    meter = UsageMeter()

    meter(ApiCall("GET", 200, None, None, moment))
    meter(call())

    assert meter.answered_at == moment
