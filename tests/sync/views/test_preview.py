"""Preview: asked for beside the set-up's Save, told on the run's page."""

import pytest
from django.urls import reverse

from sync.models import RunKind, RunState, SyncJob, SyncRun, Trigger
from sync.options import freeze_options as options_of
from tests.sync.views.pages import text_of
from tests.sync.views.previews import FOUND


@pytest.fixture
def url(account, job):
    return reverse("sync_preview", args=[account.slug, job.list_id])


@pytest.fixture
def found(job, make_run):
    """A preview of what is saved, ended a moment ago."""
    job.pull_add = True
    job.save()
    return make_run(
        kind=RunKind.DRY_RUN,
        trigger=Trigger.PREVIEW,
        state=RunState.SUCCEEDED_WITH_ERRORS,
        result=FOUND,
        options=options_of(job),
    )


def page_of(run, client):
    return text_of(client.get(reverse("run_detail", args=["example", run.pk])))


def test_preview_queues_a_dry_run_of_the_form_and_saves_nothing(marketer, client_of, url):
    answer = client_of(marketer).post(url, {"frequency": "manual", "remove_missing": "on"})

    run = SyncRun.objects.get()
    assert answer.url == reverse("run_detail", args=["example", run.pk])
    assert (run.kind, run.trigger, run.requested_by) == ("dry_run", "preview", marketer)
    assert run.options["remove_missing"]
    assert not SyncJob.objects.get().remove_missing


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"frequency": "manual"}, "Nothing is selected yet"),
        ({"frequency": "manual", "pull_update": "on"}, "Choose at least one pull-update field"),
        ({"frequency": "hours", "every_hours": "1", "pull_add": "on"}, "At least 4 hours"),
    ],
)
def test_preview_shows_the_set_up_again_when_it_could_not_be_run(
    job, marketer, client_of, url, data, sentence
):
    page = client_of(marketer).post(url, data)

    assert sentence in text_of(page)
    # What is pressed there saves the set-up, and asks for no other preview.
    setup = reverse("sync_setup", args=["example", job.list_id])
    assert f'<form method="post" action="{setup}" data-guard-changes>' in text_of(page)
    assert not SyncRun.objects.exists()


def test_a_preview_tells_counts_samples_and_calls(found, marketer, client_of):
    text = page_of(found, client_of(marketer))

    assert "What a sync would do" in text
    assert "Nothing was changed. Something needs a look before a sync." in text
    assert 'Added to the list</dt><dd class="datagrid-content">1,234<' in text
    assert 'Removals that would be held</dt><dd class="datagrid-content">1,250<' in text
    assert "no longer found in Salesforce" in text
    assert "about 15 API calls: 8 to read, as this preview did, and 7 to write" in text
    assert "only a sync can tell: nothing was sent to find out" in text
    assert "Added to the list: 1,234" in text
    assert "The first one is shown." in text
    assert "(blank) → <strong>Countess</strong>" in text
    assert "<b>Old</b>" not in found_markup(found, marketer, client_of)
    assert "REQUIRED_FIELD_MISSING: A new record needs a value for: Company." in text


def found_markup(run, marketer, client_of):
    page = client_of(marketer).get(reverse("run_detail", args=["example", run.pk]))
    return page.content.decode()


def test_run_now_follows_a_preview_of_what_is_saved_and_no_other(found, marketer, client_of):
    run_now = f'action="{reverse("sync_run_now", args=["example", found.job.list_id])}"'
    assert run_now in page_of(found, client_of(marketer))

    SyncJob.objects.update(remove_missing=True)

    text = page_of(found, client_of(marketer))
    assert run_now not in text
    assert "go back to Sync Setup and press Save" in text


def test_a_preview_that_is_cancelled_says_that_nothing_was_changed(make_run, marketer, client_of):
    run = make_run(kind=RunKind.DRY_RUN, state=RunState.RUNNING)

    text = text_of(
        client_of(marketer).post(reverse("run_cancel", args=["example", run.pk]), follow=True)
    )

    assert "The run is cancelled. Nothing was changed." in text
    assert "Somebody cancelled it. Nothing was changed." in text
