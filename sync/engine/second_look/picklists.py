"""Values that a restricted picklist does not have: the page names those that it has (F32)."""

from dataclasses import replace

from connectors.models import SalesforceField
from connectors.services import refresh_fields
from sync.engine.outcomes import Outcomes
from sync.engine.push_rows import Refusal
from sync.engine.second_look.situation import Situation

CODES = frozenset({"INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"})
MOST_NAMED = 20


def name_the_values(situation: Situation, refusals: list[Refusal]) -> Outcomes:
    """Describe the object anew and say in each refusal's advice which values the field takes."""
    context = situation.context
    described = refresh_fields(client=context.client, sobject_type=context.options.sobject_type)
    catalogue = {field.name: field for field in described}
    return Outcomes(refusals=[_advise(refusal, catalogue) for refusal in refusals])


def _advise(refusal: Refusal, catalogue: dict[str, SalesforceField]) -> Refusal:
    blamed = [catalogue[name] for name in refusal.fields if name in catalogue]
    sentences = [
        f"{field.label} takes: {_name(field.picklist_values)}."
        for field in blamed
        if field.picklist_values
    ]
    return replace(refusal, advice=" ".join([*sentences, refusal.advice]))


def _name(values: list[str]) -> str:
    named = ", ".join(values[:MOST_NAMED])
    more = len(values) - MOST_NAMED
    return f"{named} and {more} more" if more > 0 else named
