"""The filters above the list of runs."""

import django_filters
from django.http import HttpRequest

from lists.models import MarketingList
from sync.models import RunState, SyncRun, Trigger


def _lists_in_scope(request: HttpRequest | None) -> object:  # noqa: ARG001 - django-filter's call
    return MarketingList.objects.all()


class RunFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter ships no types
    """Narrows runs down by list, state and trigger."""

    list = django_filters.ModelChoiceFilter(
        field_name="job__list", queryset=_lists_in_scope, label="List", empty_label="All lists"
    )
    state = django_filters.ChoiceFilter(
        choices=RunState.choices, label="State", empty_label="All states"
    )
    trigger = django_filters.ChoiceFilter(
        choices=Trigger.choices, label="Started by", empty_label="All"
    )

    class Meta:
        model = SyncRun
        fields = ("list", "state", "trigger")
