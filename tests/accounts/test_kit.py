"""The tags and components that pages are built from."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory

from acton_connector.accounts.models import Account
from acton_connector.kit import FieldGroup, FieldOption
from connectors.models import ConnectionState
from sync.models import RunState

MOMENT = datetime(2026, 11, 23, 23, 30, 5, tzinfo=UTC)


def render(source: str, query: str = "", **context: Any) -> str:
    context["request"] = RequestFactory().get(f"/page/?{query}")
    return Template("{% load kit %}" + source).render(Context(context))


def test_time_is_told_in_the_accounts_zone_with_the_exact_time_on_hover() -> None:
    html = render("{% local_time at %}", at=MOMENT, account=Account(time_zone="Europe/Berlin"))
    assert html == (
        '<time datetime="2026-11-24T00:30:05+01:00" title="2026-11-24 00:30:05 Europe/Berlin">'
        "24 Nov 2026, 00:30</time>"
    )


def test_time_is_told_in_utc_when_there_is_no_account() -> None:
    assert 'title="2026-11-23 23:30:05 UTC"' in render("{% local_time at %}", at=MOMENT)


def test_missing_time_is_told_in_words() -> None:
    assert render("{% local_time at %}", at=None) == "never"
    assert render('{% local_time at empty="not yet" %}', at=None) == "not yet"


@pytest.mark.parametrize("state", [*RunState, *ConnectionState])
def test_badge_has_the_colour_of_the_state(state: Any) -> None:
    html = render("{% state_badge state %}", state=state)
    assert html == f'<span class="badge bg-{state.colour}-lt">{state.label}</span>'


@pytest.mark.parametrize(
    ("query", "next_query", "order"),
    [
        ("", "sort=name", None),
        ("sort=name", "sort=-name", "ascending"),
        ("sort=-name", "sort=name", "descending"),
        ("sort=other&page=3&q=x", "sort=name&amp;q=x", None),
    ],
)
def test_header_sorts_the_other_way_and_starts_at_the_first_page(
    query: str, next_query: str, order: str | None
) -> None:
    html = render('{% sort_header "name" "Name" %}', query)
    assert f'href="?{next_query}"' in html
    assert (f'aria-sort="{order}"' in html) if order else ("aria-sort" not in html)


def test_header_knows_the_order_that_holds_without_a_choice() -> None:
    assert 'aria-sort="descending"' in render('{% sort_header "at" "When" default="-at" %}')


def test_pages_keep_the_query_and_group_numbers() -> None:
    page = Paginator(range(12_345), 50).page(2)
    html = render(
        '{% include "components/pagination.html" with noun="records" %}', "q=x&page=2", page=page
    )
    assert "51 to 100 of 12,345 records" in html
    assert 'rel="next" href="?q=x&amp;page=3"' in html
    assert 'rel="prev" href="?q=x&amp;page=1"' in html


class EveryKind(forms.Form):
    text = forms.CharField(help_text="Say <b>it</b>.", min_length=5)
    kind = forms.ChoiceField(choices=[("a", "Alpha")], widget=forms.RadioSelect)
    sure = forms.BooleanField(label="Sure?", required=False)
    secret = forms.CharField(widget=forms.HiddenInput)


def test_form_ties_help_and_errors_to_their_field() -> None:
    html = str(EveryKind({"text": "abc", "kind": "a", "secret": "s"}))
    assert '<label class="form-label required" for="id_text">Text</label>' in html
    assert 'aria-invalid="true" aria-describedby="id_text_helptext id_text_error"' in html
    assert 'id="id_text_helptext"' in html
    assert 'id="id_text_error"' in html
    assert "<legend" in html
    assert '<label class="form-check-label" for="id_sure">Sure?</label>' in html
    assert '<input type="hidden" name="secret" value="s" id="id_secret">' in html


GROUPS = [
    FieldGroup(
        "Standard fields",
        [
            FieldOption("LastName", "Last Name", "string", checked=True, locked="Required"),
            FieldOption("Score__c", "Score", "double", warning="Formula"),
        ],
    )
]


@pytest.mark.requirement("S78")
def test_field_picker_shows_types_and_warnings() -> None:
    html = render_to_string(
        "components/field_picker.html", {"name": "f", "legend": "Fields", "groups": GROUPS}
    )
    assert "double" in html
    assert ">Formula</span>" in html


@pytest.mark.requirement("S99")
def test_field_picker_sends_a_required_field_that_cannot_be_unticked() -> None:
    html = render_to_string(
        "components/field_picker.html", {"name": "f", "legend": "Fields", "groups": GROUPS}
    )
    assert '<input type="hidden" name="f" value="LastName">' in html
    assert html.count(" disabled>") == 1


@pytest.mark.threat("T17")
def test_field_picker_shows_hostile_labels_as_text() -> None:
    hostile = '"><script>alert(1)</script>'
    html = render_to_string(
        "components/field_picker.html",
        {
            "name": "f",
            "legend": hostile,
            "groups": [FieldGroup(hostile, [FieldOption(hostile, hostile, hostile)])],
        },
    )
    assert "<script>" not in html
    assert '""' not in html
