"""A small world that a run brings in step: what is done to it, and how it has to be afterwards."""

from lists.models import ListRecord
from sync.engine.queries import read_fields
from sync.models import AccountLease, PullCursor, RunState, SyncJob, SyncRun
from sync.options import read_options
from sync.services import run_now

FIELDS = ["FirstName", "LastName", "Company", "Email", "Title", "Phone"]
COUNTERS = ("records_added", "records_pushed_new", "records_pushed_changed", "records_removed")
FEWEST = 20


class World:
    """A list of all leads of an organisation of its own; people are known by their last name.

    Every third person has no address, so that nobody but our own id tells that it is there. As many
    go as came with the change before: each run has about the same number of calls.
    """

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
        names = luck.sample(sorted(self.people), len(self.people))
        too_many = max(0, len(names) - FEWEST)
        self._create_there(luck.randint(1, 6))
        self._edit_there(names[:3])
        self._edit_here(names[3 : 3 + luck.randint(0, 3)])
        self._delete_there(names[6 : 6 + too_many])
        self._create_here(luck.randint(0, 6))
        if reads_everything:  # by Bulk and in pages of five
            PullCursor.objects.filter(job=self.job).delete()

    def queue(self):
        """Queue a run of the list, whose interval is over."""
        SyncJob.objects.filter(pk=self.job.pk).update(last_started_at=None)
        self.job.refresh_from_db()
        return run_now(job=self.job, actor=self.sync.actor)

    def count_claims(self):
        """Return how often the account was claimed so far."""
        return AccountLease.objects.get(account=self.sync.account).fence

    def length_of_header(self):
        """Return how many bytes the first line of a page of a read of everything has."""
        names = read_fields(read_options(SyncRun.objects.filter(job=self.job).latest("pk")))
        return len(",".join(f'"{name}"' for name in names)) + 1

    def find_differences(self, run):
        """Return in words what is not as a run that nothing disturbed leaves it."""
        there = self._query(f"SELECT Id, {', '.join(FIELDS)} FROM Lead")
        here = list(ListRecord.objects.filter(list=self.job.list))
        self._ids = {lead["LastName"]: lead["Id"] for lead in there}
        expected = sorted(self.people.values(), key=by_name)
        found = {
            "the organisation": [{name: lead[name] for name in FIELDS} for lead in there],
            "the list": [{name: record.data[name] for name in FIELDS} for record in here],
        }
        wrong = [
            f"{side} holds {[p for p in people if p not in expected]} too many and lacks "
            f"{[p for p in expected if p not in people]} of {len(expected)}, holds {len(people)}"
            for side, people in found.items()
            if sorted(people, key=by_name) != expected
        ]
        if {record.data["LastName"]: record.salesforce_id for record in here} != self._ids:
            wrong.append("records of the list are tied to other leads than theirs")
        if any(record.dirty for record in here):
            wrong.append("something waits to be sent")
        if run.records_read != run.records_expected:
            wrong.append(f"{run.records_read} records read of {run.records_expected}")
        counted = {name: getattr(run, name) for name in COUNTERS}
        if counted != self.counts:
            wrong.append(f"counted {counted} instead of {self.counts}")
        if run.state != RunState.SUCCEEDED:
            wrong.append(f"ended as {run.state}: {run.message}")
        return wrong

    def _query(self, soql):
        return self._client.query_all(soql)["records"]

    def _make_person(self):
        email = self.sync.unique("killed")
        name = email.partition("@")[0]
        person = {"FirstName": "A", "LastName": name, "Company": "Company"}
        person |= {"Email": email if len(self.people) % 3 else None, "Title": "Old", "Phone": "1"}
        self.people[name] = person
        return person

    def _create_there(self, count):
        people = [self._make_person() for _ in range(count)]
        for person, made in zip(people, self._write("POST", people), strict=True):
            self._ids[person["LastName"]] = made["id"]
        self.counts["records_added"] += count

    def _edit_there(self, names):
        for name in names:
            self.people[name]["Phone"] = f"{int(self.people[name]['Phone']) + 1}"
        changes = [{"Id": self._ids[n], "Phone": self.people[n]["Phone"]} for n in names]
        self._write("PATCH", changes)

    def _delete_there(self, names):
        for name in names:
            del self.people[name]
        self._delete([self._ids.pop(name) for name in names])
        self.counts["records_removed"] += len(names)

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

    def _edit_here(self, names):
        for name in names:
            self.people[name]["Title"] = f"{self.people[name]['Title']}+"
            self.sync.edit(self.job, self._ids[name], Title=self.people[name]["Title"])
        self.counts["records_pushed_changed"] += len(names)

    def _create_here(self, count):
        for _ in range(count):
            self.sync.add_local(self.job, **{k: v for k, v in self._make_person().items() if v})
        self.counts["records_pushed_new"] += count


def by_name(person):
    return person["LastName"]
