import pytest
from django.urls import reverse

from lists.models import MarketingList
from sync.models import RunState, SyncRun

MARKETING_PAGES = [
    "list_import",
    "list_import_fields",
    "sync_setup",
    "sync_schedule_preview",
    "sync_add_columns",
    "list_sync_state",
    "runs",
    "run_detail",
]
MARKETING_ACTIONS = [
    "list_import_fields",
    "sync_setup",
    "sync_add_columns",
    "sync_run_now",
    "run_cancel",
]
ADMINISTRATOR_ACTIONS = ["run_release_removals"]


@pytest.fixture
def url_of(account, job, make_run):
    run = make_run(state=RunState.SUCCEEDED_WITH_ERRORS, removals_held=3)

    def make(name, slug=account.slug):
        args = {
            "list_import_fields": ["leads"],
            "sync_setup": [job.list_id],
            "sync_schedule_preview": [job.list_id],
            "sync_add_columns": [job.list_id],
            "sync_run_now": [job.list_id],
            "list_sync_state": [job.list_id],
            "run_detail": [run.pk],
            "run_cancel": [run.pk],
            "run_release_removals": [run.pk],
        }
        return reverse(name, args=[slug, *args.get(name, [])])

    return make


@pytest.mark.threat("T1")
@pytest.mark.parametrize("name", ["dashboard", *MARKETING_PAGES])
def test_page_does_not_exist_when_an_outsider_asks(outsider, client_of, url_of, name):
    assert client_of(outsider).get(url_of(name)).status_code == 404


@pytest.mark.threat("T1", "T2")
@pytest.mark.parametrize(
    "name", [page for page in MARKETING_PAGES if "import" not in page and page != "runs"]
)
def test_list_of_another_account_does_not_exist_when_its_id_is_put_into_ones_own_url(
    outsider, other_account, client_of, url_of, name
):
    assert client_of(outsider).get(url_of(name, slug=other_account.slug)).status_code == 404


@pytest.mark.threat("T1", "T2")
@pytest.mark.parametrize("name", [*MARKETING_ACTIONS, *ADMINISTRATOR_ACTIONS])
def test_action_changes_nothing_when_an_outsider_sends_it(outsider, client_of, url_of, name):
    assert client_of(outsider).post(url_of(name)).status_code == 404
    assert SyncRun.objects.get().state == RunState.SUCCEEDED_WITH_ERRORS
    assert MarketingList.objects.count() == 1


@pytest.mark.threat("T2")
@pytest.mark.parametrize("name", MARKETING_PAGES)
def test_page_is_for_marketing_when_a_salesperson_asks(
    salesperson, marketer, client_of, url_of, name
):
    assert client_of(salesperson).get(url_of(name)).status_code == 403
    assert client_of(marketer).get(url_of(name)).status_code == 200


@pytest.mark.threat("T2")
@pytest.mark.parametrize("name", [*MARKETING_ACTIONS, *ADMINISTRATOR_ACTIONS])
def test_action_is_refused_when_a_salesperson_sends_it(salesperson, client_of, url_of, name):
    assert client_of(salesperson).post(url_of(name)).status_code == 403


@pytest.mark.threat("T2")
@pytest.mark.parametrize("name", ADMINISTRATOR_ACTIONS)
def test_action_is_refused_when_a_marketer_sends_what_is_for_administrators(
    marketer, client_of, url_of, name
):
    assert client_of(marketer).post(url_of(name), {"confirmation": "3"}).status_code == 403
    assert SyncRun.objects.get().removals_held == 3


@pytest.mark.threat("T9")
@pytest.mark.parametrize("name", [*MARKETING_ACTIONS, *ADMINISTRATOR_ACTIONS])
def test_action_is_refused_when_the_csrf_token_is_missing(administrator, client_of, url_of, name):
    assert client_of(administrator, csrf=True).post(url_of(name)).status_code == 403


@pytest.mark.threat("T9")
@pytest.mark.parametrize("name", ["sync_run_now", "run_cancel", "run_release_removals"])
def test_action_is_refused_when_it_comes_as_a_link(administrator, client_of, url_of, name):
    assert client_of(administrator).get(url_of(name)).status_code == 405
