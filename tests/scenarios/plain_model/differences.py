"""Where the model and the real thing are apart, in words."""

from lists.models import ListRecord, MarketingList
from sync.models import RunState

COUNTERS = {
    "records_added": "added",
    "records_updated": "updated",
    "records_overruled": "overruled",
    "records_upheld": "upheld",
    "records_followed": "followed",
    "records_removed": "removed",
    "removals_held": "held",
    "records_pushed_new": "pushed new",
    "records_pushed_changed": "pushed changed",
    "records_linked": "linked",
    "records_failed": "failed",
}


def learn_ids(plain_list, organisation, job):
    """Let the model know by which ids the real list and organisation call what is new."""
    real = ListRecord.objects.filter(list=job.list).exclude(salesforce_id=None)
    pairs = real.values_list("record_id", "salesforce_id")
    ids = {str(record_id): salesforce_id for record_id, salesforce_id in pairs}
    for record in plain_list.records:
        new_id = ids.get(record.record_id)
        if (record.salesforce_id or "").startswith("new ") and new_id:
            organisation.rename(record.salesforce_id, new_id)
            record.salesforce_id = new_id
    by_salesforce_id = {known: record_id for record_id, known in ids.items()}
    for record in plain_list.records:
        if record.record_id.startswith("unknown "):
            record.record_id = by_salesforce_id.get(record.salesforce_id, record.record_id)


def compare_state(told, run):
    """Say where a run ended otherwise than the model says."""
    troubled = told["failed"] or told["held"]
    state = RunState.SUCCEEDED_WITH_ERRORS if troubled else RunState.SUCCEEDED
    return [] if run.state == state else [f"the run {run.state} and not {state}: {run.message}"]


def count_of(run):
    """Return what a run's page counts."""
    return {counter: getattr(run, counter) for counter in COUNTERS}


def compare_counts(told, counts):
    """Say what was counted otherwise than the model does."""
    counted = {name: counts[counter] for counter, name in COUNTERS.items()}
    return [
        f"{name}: the run says {counted[name]}, the model {told[name]}"
        for name in COUNTERS.values()
        if counted[name] != told[name]
    ]


def compare_list(plain_list, job):
    """Say in which records the list differs: who is in it, values, edits, owner, address."""
    expected = {record.record_id: _describe(record) for record in plain_list.records}
    found = {
        str(record.record_id): {
            "salesforce_id": record.salesforce_id,
            "values": {name: record.data.get(name) for name in plain_list.columns},
            "agreed": record.dirty or {},
            "owner": record.owner_id,
            "address": record.email,
        }
        for record in ListRecord.objects.filter(list=job.list)
    }
    count = MarketingList.objects.get(pk=job.list_id).record_count
    said = [] if count == len(found) else [f"the list says {count} records, it has {len(found)}"]
    return said + _compare(f"record of the {plain_list.kind} list", expected, found)


def _describe(record):
    return {
        "salesforce_id": record.salesforce_id,
        "values": record.values,
        "agreed": record.agreed,
        "owner": record.owner,
        "address": record.address,
    }


def compare_organisation(organisation, real):
    """Say in which people the organisation differs."""
    expected = {person_id: vars(person) for person_id, person in organisation.people.items()}
    return _compare("person", expected, {person_id: vars(each) for person_id, each in real.items()})


def _compare(what, expected, found):
    said = [f"{what} {key} is too many: {found[key]}" for key in found.keys() - expected.keys()]
    said += [f"{what} {key} is missing: {expected[key]}" for key in expected.keys() - found.keys()]
    for key in expected.keys() & found.keys():
        said += [
            f"{what} {key}: {name} is {found[key][name]!r}, the model has {expected[key][name]!r}"
            for name in expected[key]
            if found[key][name] != expected[key][name]
        ]
    return said
