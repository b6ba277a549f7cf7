"""New records that Salesforce has already under our id: made by a call whose answer was lost.

Salesforce refuses them as a duplicate of themselves where the connected user may not see them
or another call is creating them (F26), and as a converted lead where sales were quick.
"""

from connectors.salesforce import build_selects_in, iterate_records, normalise_id
from lists.models import ListRecord
from sync.engine.outcomes import Outcomes
from sync.engine.push_rows import EXTERNAL_ID_FIELD, Refusal
from sync.engine.second_look.situation import Situation

CODES = frozenset({"DUPLICATE_VALUE"})


def find(situation: Situation, refusals: list[Refusal]) -> Outcomes:
    """Link the records that Salesforce holds under our ids; leave the others refused.

    Their values count as not yet agreed on: the next pull compares them.
    """
    if not situation.is_create:
        return Outcomes(refusals=refusals)
    known = _read_known(situation, refusals)
    outcomes = Outcomes()
    for refusal in refusals:
        salesforce_id = known.get(str(refusal.row.record_id))
        if salesforce_id is None:
            outcomes.refusals.append(refusal)
        else:
            outcomes.links.append((refusal.row, salesforce_id))
    return outcomes


def _read_known(situation: Situation, refusals: list[Refusal]) -> dict[str, str]:
    """Return the Salesforce ids of the records by our ids, without those the list has already."""
    context = situation.context
    fields = ["Id", EXTERNAL_ID_FIELD]
    queries = build_selects_in(
        context.options.sobject_type,
        fields,
        known_fields=fields,
        field=EXTERNAL_ID_FIELD,
        values=[str(refusal.row.record_id) for refusal in refusals],
    )
    found = {
        record[EXTERNAL_ID_FIELD]: normalise_id(record["Id"])
        for soql in queries
        for record in iterate_records(context.client, soql)
    }
    held = ListRecord.objects.filter(
        list_id=context.run.job.list_id, salesforce_id__in=list(found.values())
    )
    listed = set(held.values_list("salesforce_id", flat=True))
    return {ours: theirs for ours, theirs in found.items() if theirs not in listed}
