"""A small world that a run brings in step: what is done to it, and how it has to be afterwards."""

from lists.models import ListRecord
from sync.models import PullCursor, SyncJob
from sync.services import run_now

FIELDS = ["FirstName", "LastName", "Company", "Email", "Title", "Phone"]
COUNTERS = ("records_added", "records_pushed_new", "records_pushed_changed", "records_removed")
FEWEST = 20


class World:
    """A list of all leads of an organisation of its own; people are known by their address."""

    def __init__(self, sync):
        self.sync, self._client = sync, sync.org.client()  # one session: to sign in takes long
        self.people = {}
        self.counts = dict.fromkeys(COUNTERS, 0)
        self._ids = {}
        sync.account.removal_limit_percent = 100
        sync.account.save()
        self._clear()
        self._create_there(FEWEST)
        self.job = sync.import_leads(FIELDS)
        sync.set_up(
            self.job, push_add=True, push=["Title"], pull=FIELDS, pull_add=True, remove_missing=True
        )
        sync.run(self.job)

    def change(self, luck, *, reads_everything):
        """Do something on both sides, to different people; say how the next run has to read."""
        self.counts = dict.fromkeys(COUNTERS, 0)
        emails = luck.sample(sorted(self.people), 9)
        self._create_there(luck.randint(1, 6))
        self._edit_there(emails[:3])
        if len(self.people) > FEWEST:
            self._delete_there(emails[3 : 3 + luck.randint(0, 3)])
        self._edit_here(emails[6 : 6 + luck.randint(0, 3)])
        self._create_here(luck.randint(0, 6))
        if reads_everything:  # by Bulk and in pages of five
            PullCursor.objects.filter(job=self.job).delete()

    def queue(self):
        """Queue a run of the list, whose interval is over."""
        SyncJob.objects.filter(pk=self.job.pk).update(last_started_at=None)
        self.job.refresh_from_db()
        return run_now(job=self.job, actor=self.sync.actor)

    def find_differences(self, run):
        """Return in words what is not as a run that nothing disturbed leaves it."""
        there = self._query(f"SELECT Id, {', '.join(FIELDS)} FROM Lead")
        here = list(ListRecord.objects.filter(list=self.job.list))
        self._ids = {lead["Email"]: lead["Id"] for lead in there}
        expected = sorted(self.people.values(), key=lambda person: person["Email"])
        found = {
            "the organisation": [{name: lead[name] for name in FIELDS} for lead in there],
            "the list": [{name: record.data[name] for name in FIELDS} for record in here],
        }
        wrong = [
            f"{side} holds {[p for p in people if p not in expected]} too many and lacks "
            f"{[p for p in expected if p not in people]} of {len(expected)}, holds {len(people)}"
            for side, people in found.items()
            if sorted(people, key=lambda person: person["Email"]) != expected
        ]
        if {record.data["Email"]: record.salesforce_id for record in here} != self._ids:
            wrong.append("records of the list are tied to other leads than theirs")
        if any(record.dirty for record in here):
            wrong.append("something waits to be sent")
        if run.records_read != run.records_expected:
            wrong.append(f"{run.records_read} records read of {run.records_expected}")
        counted = {name: getattr(run, name) for name in COUNTERS}
        if counted != self.counts:
            wrong.append(f"counted {counted} instead of {self.counts}")
        return wrong

    def _query(self, soql):
        return self._client.query_all(soql)["records"]

    def _make_person(self):
        email = self.sync.unique("killed")
        name = email.partition("@")[0]
        person = {"FirstName": "A", "LastName": name, "Company": "Company", "Email": email}
        person |= {"Title": "Old", "Phone": "1"}
        self.people[email] = person
        return person

    def _create_there(self, count):
        people = [self._make_person() for _ in range(count)]
        for person, made in zip(people, self._write("POST", people), strict=True):
            self._ids[person["Email"]] = made["id"]
        self.counts["records_added"] += count

    def _edit_there(self, emails):
        for email in emails:
            self.people[email]["Phone"] = f"{int(self.people[email]['Phone']) + 1}"
        changes = [{"Id": self._ids[e], "Phone": self.people[e]["Phone"]} for e in emails]
        self._write("PATCH", changes)

    def _delete_there(self, emails):
        for email in emails:
            del self.people[email]
        self._delete([self._ids.pop(email) for email in emails])
        self.counts["records_removed"] += len(emails)

    def _clear(self):
        ids = [lead["Id"] for lead in self._query("SELECT Id FROM Lead")]
        for start in range(0, len(ids), 200):
            self._delete(ids[start : start + 200])

    def _delete(self, ids):
        if ids:
            self._client.restful(
                "composite/sobjects", method="DELETE", params={"ids": ",".join(ids)}
            )

    def _write(self, method, records):
        typed = [{"attributes": {"type": "Lead"}, **record} for record in records]
        answers = self._client.restful(
            "composite/sobjects", method=method, json={"allOrNone": True, "records": typed}
        )
        assert all(answer["success"] for answer in answers), answers
        return answers

    def _edit_here(self, emails):
        for email in emails:
            self.people[email]["Title"] = f"{self.people[email]['Title']}+"
            self.sync.edit(self.job, self._ids[email], Title=self.people[email]["Title"])
        self.counts["records_pushed_changed"] += len(emails)

    def _create_here(self, count):
        for _ in range(count):
            self.sync.add_local(self.job, **self._make_person())
        self.counts["records_pushed_new"] += count
