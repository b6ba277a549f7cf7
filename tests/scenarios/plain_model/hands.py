"""The same things done for real: in the organisation over its protocols, here by the services."""

import csv
import io
from datetime import datetime, timedelta

from django.utils import timezone
from simple_salesforce.exceptions import SalesforceExpiredSession

from connectors.models import ApiUsage, Connection
from lists.models import ListColumn, ListRecord, MarketingList
from lists.services import delete_list, edit_value
from lists.uploads.services import upload_csv
from sync.engine.runner import execute_run
from sync.previews import preview
from sync.services import add_columns
from tests.scenarios.plain_model.organisation import CHECKBOXES, FIELDS, Person

EXTERNAL_ID = "ActOn_Record_Id__c"
KINDS = ("Lead", "Contact")
UNDELETE = """<?xml version="1.0" encoding="UTF-8"?>
<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:partner.soap.sforce.com">
<e:Header><SessionHeader><sessionId>{session}</sessionId></SessionHeader></e:Header>
<e:Body><undelete><ids>{id}</ids></undelete></e:Body></e:Envelope>"""


class Salesforce:
    """What people do in the organisation."""

    def __init__(self, org):
        self._org = org
        self._client = org.client()
        self.ahead = timedelta()  # of our clock
        self.our_user = Connection.objects.get().sf_user_id
        active = org.query("SELECT Id FROM User WHERE IsActive = true ORDER BY Id")
        self.users = [user["Id"] for user in active]

    def _call(self, work):
        try:
            return work(self._client)
        except SalesforceExpiredSession:  # hours have passed in the organisation
            self._client = self._org.client()
            return work(self._client)

    def create(self, kind, values):
        values = {name: _to_json(name, value) for name, value in values.items()}
        return self._call(lambda client: getattr(client, kind).create(values)["id"])

    def change(self, kind, person_id, values, *, seconds_ago=0):
        """Change a person; what is committed late bears the time at which it was begun."""
        values = {name: _to_json(name, value) for name, value in values.items()}
        if seconds_ago:
            self.wait(-seconds_ago)
        self._call(lambda client: getattr(client, kind).update(person_id, values))
        if seconds_ago:
            self.wait(seconds_ago)

    def delete(self, kind, person_id):
        self._call(lambda client: getattr(client, kind).delete(person_id))

    def undelete(self, person_id):
        def send(client):
            return client.session.post(
                f"{self._org.url}/services/Soap/u/{client.sf_version}",
                data=UNDELETE.format(session=client.session_id, id=person_id),
                headers={"Content-Type": "text/xml", "SOAPAction": '""'},
            )

        answer = send(self._client)
        if "INVALID_SESSION_ID" in answer.text:
            self._client = self._org.client()
            answer = send(self._client)
        assert "<success>true</success>" in answer.text, answer.text

    def merge(self, kind, winner, losers):
        self._org.control("POST", "merge", {"object": kind, "winner": winner, "losers": losers})

    def convert(self, lead_id):
        """Make a lead a contact and return the contact's id."""
        wish = {"leadId": lead_id, "doNotCreateOpportunity": True}
        (outcome,) = self._org.control("POST", "convert-leads", [wish])
        assert outcome["error"] is None, outcome
        return outcome["contactId"]

    def touch(self, ids):
        self._org.control("POST", "touch", {"ids": ids})

    def wait(self, seconds):
        self._org.shift_clock(seconds)
        self.ahead += timedelta(seconds=seconds)

    def read_times(self):
        """Return when each person was last changed."""
        soql = "SELECT Id, LastModifiedDate FROM {}"
        rows = [
            row
            for kind in KINDS
            for row in self._call(lambda client, kind=kind: client.query_all(soql.format(kind)))[
                "records"
            ]
        ]
        return {row["Id"]: datetime.fromisoformat(row["LastModifiedDate"]) for row in rows}

    def read(self):
        """Return all people that there are or were, by their ids."""
        people = [person for kind in KINDS for person in self._read_kind(kind)]
        return {person.id: person for person in people}

    def _read_kind(self, kind):
        only_leads = ["IsConverted", "ConvertedContactId"] if kind == "Lead" else []
        names = ["Id", *FIELDS[kind], "OwnerId", EXTERNAL_ID, "IsDeleted", "MasterRecordId"]
        soql = f"SELECT {', '.join([*names, *only_leads])} FROM {kind}"
        rows = self._call(lambda client: client.query_all(soql, include_deleted=True))["records"]
        for row in rows:
            yield Person(
                id=row["Id"],
                kind=kind,
                values={name: _to_text(row[name]) for name in FIELDS[kind]},
                owner=row["OwnerId"],
                record_id=row[EXTERNAL_ID],
                is_deleted=row["IsDeleted"],
                is_converted=row.get("IsConverted", False),
                master=row["MasterRecordId"],
                contact=row.get("ConvertedContactId"),
            )

    def empty(self):
        """Let there be nobody, not even in the recycle bin."""
        people = self.read()
        there = [person.id for person in people.values() if not person.is_deleted]
        for start in range(0, len(there), 200):
            ids = ",".join(there[start : start + 200])
            self._call(
                lambda client, ids=ids: client.restful(
                    "composite/sobjects", method="DELETE", params={"ids": ids}
                )
            )
        if people:
            self._org.control("POST", "empty-recycle-bin", {"ids": list(people)})
        self._org.set_api_usage(used=0, maximum=1_000_000)


class Application:
    """What people do here."""

    def __init__(self, actor, salesforce):
        self._actor, self._salesforce = actor, salesforce

    def edit(self, job, record_id, name, value):
        self._edit(job, record_id, name, value)
        self._keep_time_with_salesforce(job, record_id)

    def _keep_time_with_salesforce(self, job, record_id):
        """Our clock goes as Salesforce's does, which is moved here."""
        record = ListRecord.objects.filter(list=job.list, record_id=record_id)
        record.update(edited_at=timezone.now() + self._salesforce.ahead)

    def _edit(self, job, record_id, name, value):
        column = ListColumn.objects.select_related("list").get(list=job.list, key=name)
        record = ListRecord.objects.get(list=job.list, record_id=record_id)
        edit_value(record=record, column=column, value=value, actor=self._actor)

    def upload(self, job, row):
        """Upload a file of one row; return the id of the record where it is new."""
        known = self._record_ids(job)
        text = io.StringIO()
        csv.writer(text).writerows([list(row), [value or "" for value in row.values()]])
        file = io.BytesIO(text.getvalue().encode())
        upload_csv(marketing_list=job.list, file=file, size=None, actor=self._actor)
        new = self._record_ids(job) - known
        return str(new.pop()) if new else None

    def read_edit_times(self, job):
        """Return when each record was last edited here."""
        records = ListRecord.objects.filter(list=job.list)
        times = records.values_list("record_id", "edited_at")
        return {str(record_id): edited_at for record_id, edited_at in times}

    def preview(self, job):
        run = preview(job=job, actor=self._actor)
        assert execute_run(run.pk)
        run.refresh_from_db()
        return run

    def add_column(self, job, name):
        add_columns(job=job, fields=[name], actor=self._actor)

    def _record_ids(self, job):
        return set(ListRecord.objects.filter(list=job.list).values_list("record_id", flat=True))

    def forget_everything(self):
        for marketing_list in MarketingList.objects.all():
            delete_list(marketing_list=marketing_list, actor=self._actor)
        ApiUsage.objects.all().delete()


def _to_json(name, value):
    return value == "true" if name in CHECKBOXES else value


def _to_text(value):
    return {True: "true", False: "false"}.get(value, value) if isinstance(value, bool) else value
