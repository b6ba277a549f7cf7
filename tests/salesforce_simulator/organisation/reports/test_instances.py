import pytest


@pytest.fixture
def report_id(organisation, session):
    return organisation.reports.create(
        {"name": "In the background", "reportType": {"type": "LeadList"}}, session
    )


def kept(organisation):
    with organisation._database.reader() as connection:
        return [row[0] for row in connection.execute("SELECT id FROM org_report_instance")]


def test_runs_older_than_a_day_are_dropped_and_their_ids_not_used_again(
    organisation, session, report_id
):
    reports = organisation.reports
    old = reports.request(report_id, session, details=True)
    reports.instances.process(old)
    assert reports.instances.get(report_id, old)[0].status == "Success"
    organisation.shift_clock(24 * 3600 + 1)
    new = reports.request(report_id, session, details=True)
    assert kept(organisation) == [new]
    assert new != old


def test_saving_a_report_drops_its_runs_that_are_not_done(organisation, session, report_id):
    reports = organisation.reports
    done = reports.request(report_id, session, details=False)
    reports.instances.process(done)
    waiting = reports.request(report_id, session, details=False)
    reports.update(report_id, {"name": "Changed"}, session)
    assert [item.id for item in reports.instances.list(report_id)] == [done]
    reports.instances.process(waiting)
    assert [item.id for item in reports.instances.list(report_id)] == [done]
