from contextlib import ExitStack

import pytest

from salesforce_simulator.organisation.errors import SalesforceError


@pytest.fixture
def report_id(organisation, session):
    return organisation.reports.create(
        {"name": "Limited", "reportType": {"type": "LeadList"}}, session
    )


@pytest.fixture(autouse=True)
def hour_of_its_own(organisation):
    """Let every test begin in an hour in which nothing has run, and end in one."""
    organisation.shift_clock(3_601)
    yield
    organisation.shift_clock(3_601)


def test_run_is_forbidden_after_500_in_an_hour_and_possible_in_the_next(
    organisation, session, report_id
):
    reports = organisation.reports
    for _ in range(500):
        reports.limits.sync.take()
    with pytest.raises(SalesforceError) as refusal:
        reports.run(report_id, session, details=False)
    assert refusal.value.code == "FORBIDDEN"
    assert refusal.value.message == (
        "You've exceeded the limit of 500 synchronous report runs per hour."
    )
    assert reports.limits.usage()["HourlySyncReportRuns"] == (500, 0)
    organisation.shift_clock(3_601)
    assert reports.run(report_id, session, details=False)["allData"] is True


def test_background_run_is_forbidden_after_1200_in_an_hour(organisation, session, report_id):
    for _ in range(1_200):
        organisation.reports.limits.asynchronous.take()
    with pytest.raises(SalesforceError) as refusal:
        organisation.reports.request(report_id, session, details=False)
    assert refusal.value.code == "FORBIDDEN"
    assert "1200 asynchronous" in refusal.value.message


def test_run_is_forbidden_while_20_are_under_way(organisation, session, report_id):
    limits = organisation.reports.limits
    with ExitStack() as running:
        for _ in range(20):
            running.enter_context(limits.running.one())
        assert limits.usage()["ConcurrentSyncReportRuns"] == (20, 0)
        with pytest.raises(SalesforceError) as refusal:
            organisation.reports.run(report_id, session, details=False)
    assert refusal.value.code == "FORBIDDEN"
    assert limits.usage()["ConcurrentSyncReportRuns"] == (20, 20)
    assert organisation.reports.run(report_id, session, details=False)["allData"] is True
