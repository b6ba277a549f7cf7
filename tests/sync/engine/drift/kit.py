"""What tests of fields that change do on both sides."""

from connectors.clients import open_client
from connectors.selectors import get_usable_connection
from connectors.services import refresh_fields
from sync.models import (
    RunState,
)
from tests.sync_kit import FIELDS


def put(sync, lead, **values):
    sync.org.client().Lead.update(lead, values)


def value_of(sync, job, lead, key):
    return sync.record(job, lead).data.get(key)


def salesforce_value(sync, lead, field):
    (found,) = sync.org.query(f"SELECT {field} FROM Lead WHERE Id = '{lead}'")
    return found[field]


def column_of(job, key):
    return job.list.columns.get(key=key)


def describe_leads():
    """Do what a page does before it offers fields."""
    with open_client(get_usable_connection()) as client:
        refresh_fields(client=client, sobject_type="Lead")


def settled(sync, region, **options):
    """Return a list of leads with the region, set up and in step, and one of its leads."""
    lead = sync.create_lead(Email=sync.unique(), Title="Old", **{region: "North"})
    describe_leads()
    job = sync.import_leads([*FIELDS, region])
    options = {"pull": ["Title", region], "pull_add": True, "remove_missing": True, **options}
    sync.set_up(job, **options)
    assert sync.run(job).state == RunState.SUCCEEDED
    return job, lead


def sentences(run):
    return " ".join(f"{each['text']} {each['advice']}" for each in run.warnings)


def stale_describe(sync):
    """Let the next description be the one of now, whatever changes until it is asked for."""
    url = f"{sync.org.url}/services/data/v64.0/sobjects/Lead/describe"
    client = sync.org.client()
    body = client.session.get(url, headers=client.headers).json()
    sync.org.fault("/sobjects/Lead/describe", nth=1, status=200, body=body)
