import pytest
from django.urls import reverse

from sync.models import SyncJobField
from tests.sync.views.pages import find_option, text_of


@pytest.fixture
def url(account, job):
    return reverse("sync_add_columns", args=[account.slug, job.list_id])


@pytest.mark.requirement("S55", "S77")
def test_ticked_fields_become_columns_when_they_are_saved(account, job, marketer, client_of, url):
    response = client_of(marketer).post(
        url, {"columns": ["Email", "FirstName", "CreatedDate", "Phone", "Title"]}, follow=True
    )

    fields = list(job.list.columns.values_list("salesforce_field", flat=True))
    assert len(fields) == 9
    assert fields[-2:] == ["Phone", "Title"]
    assert "Their values arrive at the next sync." in text_of(response)
    assert not SyncJobField.objects.exists()  # a new column is not selected for anything


@pytest.mark.requirement("S55")
def test_columns_of_the_list_are_ticked_and_locked_when_the_picker_opens(
    job, marketer, client_of, url
):
    page = client_of(marketer).get(url)

    for name in ("Email", "FirstName", "Region__c"):
        option = find_option(page, "columns", name)
        assert option.is_checked
        assert option.is_locked
    assert not find_option(page, "columns", "Phone").is_checked


@pytest.mark.parametrize("columns", [[], ["Email", "FirstName"]])
def test_save_asks_for_a_field_when_nothing_new_is_ticked(job, marketer, client_of, url, columns):
    page = client_of(marketer).post(url, {"columns": columns})

    assert "Tick the fields that you want to add." in text_of(page)
    assert job.list.columns.count() == 7
