"""A CSV file as a list: pushed to leads or contacts, and pulled for the linked records alone."""

import io

import pytest

from lists.models import ListRecord
from sync.errors import InvalidSetupError
from sync.models import RecordIssue, RunState, SyncRun
from sync.setup.files import import_file, list_writable_fields, map_columns, propose_mapping

pytestmark = pytest.mark.scenario


@pytest.fixture
def fair(sync):
    """A file with somebody whom Salesforce knows, somebody new, and somebody without a company."""
    return FileList(sync)


class FileList:
    def __init__(self, sync, sobject_type="Lead"):
        self.sync = sync
        self.known, self.new, self.poor = (sync.unique(name) for name in ("known", "new", "poor"))
        self.lead = sync.create_lead(Email=self.known.upper(), Title="Theirs", Phone="1")
        rows = [
            "E-Mail;First Name;Surname;Company;Job;Stand",
            f"{self.known};Ada;Known;Co;Ours;A1",
            f"{self.new};Bob;Ünew;Co;Boss;B2",
            f"{self.poor};Cid;Poor;;Clerk;C3",
        ]
        file = io.BytesIO("\n".join(rows).encode())
        self.job, _ = import_file(
            account=sync.account, name=sync.unique("Fair"), file=file, size=None, actor=sync.actor
        )
        self.map(sobject_type, Job="Title")

    def map(self, sobject_type, **more):
        columns = list(self.job.list.columns.all())
        fields = propose_mapping(columns, list_writable_fields(sobject_type))
        fields |= {column.pk: more[column.name] for column in columns if column.name in more}
        map_columns(job=self.job, sobject_type=sobject_type, fields=fields, actor=self.sync.actor)
        self.job.refresh_from_db()
        self.job.list.refresh_from_db()

    def edit(self, salesforce_id, **values):
        keys = dict(self.job.list.columns.values_list("name", "key"))
        self.sync.edit(self.job, salesforce_id, **{keys[n]: v for n, v in values.items()})

    def values(self, email):
        """Return a record's values by the names of the file's columns."""
        return self._by_name(self.record(email).data)

    def open_edits(self, email):
        return set(self._by_name(self.record(email).dirty or {}))

    def _by_name(self, data):
        names = dict(self.job.list.columns.values_list("key", "name"))
        return {names[key]: value for key, value in data.items()}

    def record(self, email):
        return ListRecord.objects.get(list=self.job.list, email=email)

    def leads(self, email):
        return self.sync.org.query(
            f"SELECT Id, FirstName, LastName, Title, Phone FROM Lead WHERE Email = '{email}'"
        )


@pytest.mark.requirement("S68", "S69")
def test_a_files_people_are_linked_or_become_leads(sync, fair):
    sync.set_up(fair.job, push_add=True)

    run = sync.run(fair.job)
    again = sync.run(fair.job)

    (known,), (new,) = fair.leads(fair.known), fair.leads(fair.new)
    assert (known["Id"], known["Title"]) == (fair.lead, "Theirs")
    assert (new["FirstName"], new["LastName"], new["Title"]) == ("Bob", "Ünew", "Boss")
    assert fair.leads(fair.poor) == []
    assert RecordIssue.objects.first().code == "REQUIRED_FIELD_MISSING"
    assert fair.record(fair.new).dirty is None
    # What is a column of the file alone can never be pushed, so it is no change.
    assert fair.open_edits(fair.known) == {
        "E-Mail",
        "First Name",
        "Surname",
        "Company",
        "Job",
    }
    assert (run.records_linked, run.records_pushed_new, run.records_failed) == (1, 1, 1)
    assert (again.records_linked, again.records_pushed_new) == (0, 0)


@pytest.mark.requirement("S69")
def test_a_files_people_become_contacts_when_they_are_mapped_so(sync):
    fair = FileList(sync, "Contact")
    sync.set_up(fair.job, push_add=True)

    sync.run(fair.job)

    (contact,) = sync.org.query(f"SELECT LastName, Title FROM Contact WHERE Email = '{fair.new}'")
    assert (contact["LastName"], contact["Title"]) == ("Ünew", "Boss")
    assert fair.leads(fair.new) == []


@pytest.mark.requirement("S70", "S71")
def test_an_edit_of_a_linked_record_is_pushed_where_its_field_is_chosen(sync, fair):
    sync.set_up(fair.job, push_add=True)
    sync.run(fair.job)
    (new,) = fair.leads(fair.new)
    fair.edit(new["Id"], Job="Chief", Company="Not chosen")
    sync.set_up(fair.job, push=["Title"])

    run = sync.run(fair.job)

    assert fair.leads(fair.new)[0]["Title"] == "Chief"
    assert fair.open_edits(fair.new) == {"Company"}
    assert run.records_pushed_changed == 2  # also of the person who was linked


@pytest.mark.parametrize("way", ["by id", "in bulk"])
@pytest.mark.requirement("S75")
def test_a_pull_updates_the_linked_records_and_nobody_else(sync, fair, way, monkeypatch):
    if way == "in bulk":
        monkeypatch.setattr("sync.engine.linked.MOST_BY_ID", 0)
    sync.set_up(fair.job, push_add=True)
    sync.run(fair.job)
    sync.set_up(fair.job, pull=["Title"])
    (new,) = fair.leads(fair.new)
    sync.org.client().Lead.update(new["Id"], {"Title": "Promoted", "FirstName": "Robert"})

    run = sync.run(fair.job)

    assert run.state == RunState.SUCCEEDED
    assert ListRecord.objects.filter(list=fair.job.list).count() == 3
    data = fair.values(fair.new)
    assert (data["Job"], data["First Name"], data["Stand"]) == ("Promoted", "Bob", "B2")
    assert fair.values(fair.known)["Job"] == "Theirs"
    assert fair.values(fair.poor)["Job"] == "Clerk"
    assert (run.records_added, run.records_removed) == (0, 0)
    if way == "by id":
        assert run.records_read == 2


def test_a_files_record_stays_when_its_lead_is_deleted(sync, fair):
    sync.set_up(fair.job, push_add=True)
    sync.run(fair.job)
    sync.set_up(fair.job, pull=["Title"])
    sync.org.client().Lead.delete(fair.lead)

    run = sync.run(fair.job)

    assert run.state == RunState.SUCCEEDED
    assert ListRecord.objects.filter(list=fair.job.list).count() == 3


@pytest.mark.fault("F41")
def test_a_files_record_follows_the_lead_that_its_own_was_merged_into(sync, fair):
    sync.set_up(fair.job, push_add=True)
    sync.run(fair.job)
    sync.set_up(fair.job, pull=["Title"])
    master = sync.create_lead(Email=fair.known, Title="Master")
    sync.org.control("POST", "merge", {"object": "Lead", "winner": master, "losers": [fair.lead]})

    sync.run(fair.job)

    assert fair.record(fair.known).salesforce_id == master
    assert fair.values(fair.known)["Job"] == "Master"


def test_a_list_of_a_file_is_push_only_until_a_record_is_linked(sync, fair):
    with pytest.raises(InvalidSetupError, match="push the list first"):
        sync.set_up(fair.job, pull=["Title"])
    for option in ("pull_add", "remove_missing"):
        with pytest.raises(InvalidSetupError, match="came from a file"):
            sync.set_up(fair.job, **{option: True})
    sync.set_up(fair.job, push_add=True)
    sync.run(fair.job)
    sync.set_up(fair.job, pull=["Title"])

    with pytest.raises(InvalidSetupError, match="in Salesforce already"):
        fair.map("Contact")
    assert SyncRun.objects.count() == 1
