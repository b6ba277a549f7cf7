"""What a job may ask of Salesforce beside the push itself: owners by rule, and duplicates."""

import pytest

from lists.models import ListKind
from sync.errors import InvalidSetupError
from sync.services import import_list

pytestmark = pytest.mark.scenario


@pytest.fixture
def owner(sync):
    """Somebody to whom an assignment rule gives every new lead of the tests' company."""
    users = sync.org.query("SELECT Id FROM User WHERE IsActive = true AND UserType = 'Standard'")
    ours = sync.org.query(f"SELECT Id FROM User WHERE Username = '{sync.org.username}'")[0]["Id"]
    other = next(user["Id"] for user in users if user["Id"] != ours)
    entry = ['Company = "Assigned Company"', other]
    rules = [{"object": "Lead", "entries": [entry]}]
    sync.org.control("POST", "rulebook", {"assignment_rules": rules})
    yield other
    sync.org.control("POST", "rulebook", {"assignment_rules": []})


def owner_of(sync, email):
    (lead,) = sync.org.query(f"SELECT OwnerId FROM Lead WHERE Email = '{email}'")
    return lead["OwnerId"]


@pytest.mark.requirement("S69")
@pytest.mark.parametrize("by_rule", [False, True])
def test_new_leads_get_their_owner_by_the_assignment_rule_only_where_that_is_chosen(
    sync, owner, by_rule, monkeypatch
):
    monkeypatch.setattr("sync.engine.push.BULK_FROM", 1)
    job = sync.import_leads()
    sync.set_up(job, push_add=True, use_assignment_rule=by_rule)
    email = sync.unique("assigned")
    sync.add_local(job, Email=email, LastName="New", Company="Assigned Company")

    sync.run(job)

    assert (owner_of(sync, email) == owner) is by_rule


def test_a_changed_lead_keeps_its_owner_when_the_assignment_rule_is_chosen(sync, owner):
    email = sync.unique()
    lead = sync.create_lead(Email=email, Title="Old")
    job = sync.import_leads()
    before = owner_of(sync, email)
    sync.set_up(job, push=["Title", "Company"], use_assignment_rule=True)
    sync.edit(job, lead, Title="New", Company="Assigned Company")

    run = sync.run(job)

    assert run.records_pushed_changed == 1
    assert owner_of(sync, email) == before


def test_a_set_up_is_refused_when_contacts_are_to_get_owners_by_rule(sync):
    run = import_list(
        account=sync.account, kind=ListKind.CONTACTS, name="C", fields=["LastName"], actor=None
    )
    with pytest.raises(InvalidSetupError, match="leads alone"):
        sync.set_up(run.job, push_add=True, use_assignment_rule=True)


@pytest.mark.requirement("S70")
def test_a_set_up_is_refused_when_a_blank_clears_a_field_that_is_not_pushed(sync):
    job = sync.import_leads()

    with pytest.raises(InvalidSetupError, match="choose both"):
        sync.set_up(job, push=["Title"], clearing=["Phone"])
