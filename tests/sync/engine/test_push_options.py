"""What a job may ask of Salesforce beside the push itself: owners by rule, and duplicates."""

import pytest

from lists.models import ListKind, ListRecord
from sync.errors import InvalidSetupError
from sync.models import DuplicateAction, RecordIssue
from sync.services import import_list

pytestmark = [pytest.mark.scenario, pytest.mark.one_engine]


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
def test_new_leads_get_their_owner_by_the_assignment_rule_only_where_that_is_chosen(
    sync, owner, monkeypatch
):
    monkeypatch.setattr("sync.engine.push.BULK_FROM", 1)
    job = sync.import_leads()
    emails = {by_rule: sync.unique("assigned") for by_rule in (False, True)}
    for by_rule, email in emails.items():
        sync.set_up(job, push_add=True, use_assignment_rule=by_rule)
        sync.add_local(job, Email=email, LastName="New", Company="Assigned Company")
        sync.run(job)

    by_the_rule = {by_rule: owner_of(sync, email) == owner for by_rule, email in emails.items()}
    assert by_the_rule == {False: False, True: True}


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


@pytest.fixture
def duplicates(sync, lay_down):
    """Pairs of new records and what Salesforce takes for the same person, by another address."""
    rule = {"object": "Lead", "matching": [["LastName", "Phone"]], "against": ["Lead", "Contact"]}
    lay_down(duplicate_rules=[{**rule, "message": "Use one of these records?"}])
    job = sync.import_leads()
    one, two = sync.unique("one"), sync.unique("two")
    lead = sync.create_lead(LastName=one, Phone="1", Title="Theirs")
    contact = sync.org.client().Contact.create({"LastName": two, "Phone": "2"})["id"]
    for name, phone in ((one, "1"), (two, "2"), (sync.unique("three"), "3")):
        email = sync.unique()
        sync.add_local(job, Email=email, LastName=name, Phone=phone, Company="Company")
    return job, lead, contact


def count_leads(sync):
    return sync.org.count("SELECT COUNT() FROM Lead")


@pytest.mark.fault("F25")
def test_duplicates_are_set_aside_with_the_ids_of_their_matches(sync, way, duplicates):
    job, lead, contact = duplicates
    sync.set_up(job, push_add=True)
    before = count_leads(sync)

    run = sync.run(job)

    assert count_leads(sync) == before + 1
    words = "Use one of these records? The duplicate rule found: "
    told = {(issue.code, issue.message) for issue in RecordIssue.objects.all()}
    assert told == {
        ("DUPLICATES_DETECTED", f"{words}Lead {lead}."),
        ("DUPLICATES_DETECTED", f"{words}Contact {contact}."),
    }
    assert (run.records_pushed_new, run.records_linked, run.records_failed) == (1, 0, 2)


@pytest.mark.fault("F25")
def test_a_change_that_would_make_a_duplicate_is_set_aside_with_the_id_of_its_match(
    sync, duplicates
):
    job, lead, _ = duplicates
    name, email = sync.unique("changed"), sync.unique()
    sync.add_local(job, Email=email, LastName=name, Phone="1", Company="Company")
    sync.set_up(job, push_add=True)
    sync.run(job)
    changed = ListRecord.objects.get(list=job.list, email=email).salesforce_id
    sync.set_up(job, push=["LastName"], duplicates=DuplicateAction.LINK)
    sync.edit(job, changed, LastName=sync.org.client().Lead.get(lead)["LastName"])

    run = sync.run(job)

    assert sync.org.client().Lead.get(changed)["LastName"] == name
    issue = RecordIssue.objects.get(run=run)
    assert (issue.salesforce_id, lead in issue.message) == (changed, True)
    assert (run.records_linked, run.records_failed) == (0, 1)


@pytest.mark.fault("F25")
def test_a_duplicate_is_linked_to_its_one_match_of_its_own_kind_where_that_is_chosen(
    sync, duplicates
):
    job, lead, contact = duplicates
    sync.set_up(job, push_add=True, duplicates=DuplicateAction.LINK)
    before = count_leads(sync)

    run = sync.run(job)

    assert count_leads(sync) == before + 1
    assert sync.record(job, lead).data["Phone"] == "1"
    assert sync.org.client().Lead.get(lead)["Title"] == "Theirs"
    assert contact in RecordIssue.objects.get().message
    assert (run.records_pushed_new, run.records_linked, run.records_failed) == (1, 1, 1)


@pytest.mark.fault("F25")
def test_a_duplicate_is_saved_past_the_rule_only_where_that_is_chosen_and_the_rule_allows_it(
    sync, way, duplicates, lay_down
):
    job, _, _ = duplicates
    blocking = {"object": "Lead", "matching": [["Title"]], "block": True}
    rule = {"object": "Lead", "matching": [["LastName", "Phone"]], "against": ["Lead", "Contact"]}
    lay_down(duplicate_rules=[blocking, rule])
    sync.set_up(job, push_add=True, duplicates=DuplicateAction.SAVE)
    title = sync.unique("title")
    blocked = sync.create_lead(Title=title)
    sync.add_local(job, Email=sync.unique(), LastName="B", Company="Company", Title=title)
    before = count_leads(sync)

    run = sync.run(job)

    assert count_leads(sync) == before + 3
    assert blocked in RecordIssue.objects.get().message
    assert (run.records_pushed_new, run.records_linked, run.records_failed) == (3, 0, 1)


@pytest.mark.requirement("S81")
def test_no_blank_clears_a_field_any_more_when_the_last_tick_is_taken_away(sync):
    lead = sync.create_lead(Email=sync.unique(), Title="Kept")
    job = sync.import_leads()
    sync.set_up(job, push=["Title"], clearing=["Title"])
    sync.set_up(job, push=["Title"])
    sync.edit(job, lead, Title=None)

    sync.run(job)

    assert sync.org.client().Lead.get(lead)["Title"] == "Kept"


@pytest.mark.fault("F48")
def test_an_opt_out_stays_when_somebody_is_linked_who_has_no_tick_here(sync):
    email = sync.unique()
    lead = sync.create_lead(Email=email, HasOptedOutOfEmail=True)
    job = sync.import_leads(["LastName", "Company", "HasOptedOutOfEmail"])
    ListRecord.objects.filter(list=job.list, salesforce_id=lead).delete()
    values = {"LastName": "Known", "Company": "Company", "HasOptedOutOfEmail": "false"}
    sync.add_local(job, Email=email, **values)
    sync.set_up(job, push=["HasOptedOutOfEmail"], push_add=True)

    linked, pushed = sync.run(job), sync.run(job)

    assert (linked.records_linked, pushed.records_pushed_changed) == (1, 0)
    assert sync.org.client().Lead.get(lead)["HasOptedOutOfEmail"] is True
