"""Who Salesforce knows already: by our id, then by the address, however it is spelled there."""

import unicodedata

import pytest

from sync.engine.push_rows import EXTERNAL_ID_FIELD
from sync.models import RecordIssue

pytestmark = pytest.mark.scenario


@pytest.fixture
def job(sync):
    job = sync.import_leads()
    sync.set_up(job, push_add=True)
    return job


def count_people(sync):
    return sum(sync.org.count(f"SELECT COUNT() FROM {each}") for each in ("Lead", "Contact"))


@pytest.mark.fault("F76")
def test_a_person_is_known_however_salesforce_spells_the_address(sync, way, job):
    names = [sync.unique(name).split("@")[0] for name in ("upper", "zo\xeb", "idn", "ours")]
    upper, composed, idn = names[0], names[1], names[2]
    there = {
        f"{upper}@example.net": f"{upper.upper()}@Example.NET",
        f"{composed}@example.net": unicodedata.normalize("NFD", f"{composed}@example.net"),
        f"{idn}@m\xfcnchen.example.net": f"{idn}@xn--mnchen-3ya.example.net",
    }
    leads = {here: sync.create_lead(Email=email) for here, email in there.items()}
    for here in there:
        sync.add_local(job, Email=here, LastName="Known", Company="Company")
    before = count_people(sync)

    run = sync.run(job)

    assert count_people(sync) == before
    assert {sync.record(job, lead).email: lead for lead in leads.values()} == leads
    assert (run.records_linked, run.records_failed) == (3, 0)


@pytest.mark.fault("F27")
def test_a_person_is_known_by_our_id_first_and_never_guessed_among_several(sync, job):
    ours, several, both = sync.unique("ours"), sync.unique("several"), sync.unique("both")
    record = sync.add_local(job, Email=ours, LastName="Ours", Company="Company")
    for email in (several, both):
        sync.add_local(job, Email=email, LastName="Person", Company="Company")
    lead = sync.create_lead(Email=ours, **{EXTERNAL_ID_FIELD: str(record.record_id)})
    sync.create_lead(Email=ours)
    two = {sync.create_lead(Email=several), sync.create_lead(Email=several.upper())}
    sync.create_lead(Email=both)
    contact = sync.org.client().Contact.create({"LastName": "Both", "Email": both})["id"]
    before = count_people(sync)

    run = sync.run(job)

    assert count_people(sync) == before
    assert sync.record(job, lead).record_id == record.record_id
    told = {issue.label: issue for issue in RecordIssue.objects.all()}
    assert told[several].code == "MULTIPLE_MATCHES"
    assert all(each in told[several].message for each in two)
    assert (told[both].code, contact in told[both].message) == ("MATCHES_OTHER_OBJECT", True)
    assert (run.records_pushed_new, run.records_linked, run.records_failed) == (1, 0, 2)


@pytest.mark.fault("F27")
def test_several_records_with_our_id_are_set_aside(sync, job):
    record = sync.add_local(job, Email=sync.unique(), LastName="Twice", Company="Company")
    code, message = "DUPLICATE_EXTERNAL_ID", f"{EXTERNAL_ID_FIELD}: more than one record found"
    error = {"statusCode": code, "message": message, "fields": [EXTERNAL_ID_FIELD]}
    body = [{"success": False, "errors": [error]}]
    sync.org.fault("/composite/sobjects/Lead/", status=200, body=body)

    run = sync.run(job)

    issue = RecordIssue.objects.get()
    assert (issue.code, issue.record_key) == (code, str(record.record_id))
    assert "Make the external id unique" in issue.advice
    assert (run.records_pushed_new, run.records_failed) == (0, 1)
