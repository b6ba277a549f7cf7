"""Steps that marketing takes here: in the lists and in their set-up."""

from dataclasses import replace

from lists.records import MergeRule
from sync.models import PullCursor
from tests.scenarios.plain_model.choices import (
    MOST_PEOPLE,
)
from tests.scenarios.plain_model.options import Options


class StepsHere:
    """What people do here, for real and in the model."""

    def _list(self, number):
        return self.lists[number % len(self.lists)]

    def _job(self, number):
        return self.jobs[number % len(self.jobs)]

    def _options(self, number):
        return self.options[number % len(self.options)]

    def _record(self, number, place):
        records = sorted(self._list(number).records, key=lambda each: each.record_id)
        return records[place % len(records)] if records else None

    def some_cells_are_edited(self, number, edits):
        for place, (name, value, _) in edits:
            if record := self._record(number, place):
                self._edit(number, record, name, value)

    def _edit(self, number, record, name, value):
        if name in self._list(number).columns:
            self.application.edit(self._job(number), record.record_id, name, value)
            record.edit(name, value)

    def some_values_are_changed_on_both_sides(self, number, edits):
        for place, (name, ours, theirs) in edits:
            record = self._record(number, place)
            person = record and self.organisation.people.get(record.salesforce_id)
            if person and person.is_open and name in self._list(number).columns:
                self._edit(number, record, name, ours)
                self.salesforce.change(person.kind, person.id, {name: theirs})
                self.organisation.change(person.id, {name: theirs})

    def files_are_uploaded(self, number, rows):
        plain = self._list(number)
        for wanted in rows:
            row = {name: value for name, value in wanted.items() if name in plain.columns}
            if plain.has_twice(row["Email"].lower()) or len(plain.records) > MOST_PEOPLE:
                continue
            record_id = self.application.upload(self._job(number), row)
            record = plain.upload(row)
            assert (record is None) == (record_id is None)
            if record is not None:
                record.record_id = record_id

    def somebody_whom_salesforce_has_is_uploaded(self, number, place, row):
        """The list does not pull new people: one of them comes by a file, to be linked."""
        plain = self._list(number)
        known = {record.salesforce_id for record in plain.records}
        people = [p for p in self._there(plain.kind) if p.address and p.id not in known]
        if people:
            self._set_up(number, replace(self._options(number), pull_add=False, push_add=True))
            row = row | {"Email": people[place % len(people)].address}
            self.files_are_uploaded(number, [row])

    def a_column_is_added(self, number):
        if "FirstName" not in self._list(number).columns:
            self.application.add_column(self._job(number), "FirstName")
            self._list(number).add_column("FirstName")

    def options_are_changed(self, number, options):
        names = set(self._list(number).columns)
        pull = {name: rule for name, rule in options.pull.items() if name in names}
        push = options.push & names
        clearing = options.clearing & push
        self._set_up(number, replace(options, pull=pull, push=push, clearing=clearing))

    def everything_is_chosen(self, number, pulled, clears):
        names = frozenset(self._list(number).columns)
        clearing = names if clears else frozenset()
        pull = dict.fromkeys(names, pulled)
        self._set_up(number, Options(True, pull, True, True, names, clearing))

    def _set_up(self, number, options):
        self.options[number % len(self.options)] = options
        columns = {column.key: column.pk for column in self._job(number).list.columns.all()}
        self.sync.set_up(
            self._job(number),
            pull=options.pull,
            push=options.push,
            clearing=options.clearing,
            pull_rules={columns[name]: MergeRule(rule) for name, rule in options.pull.items()},
            pull_add=options.pull_add,
            push_add=options.push_add,
            remove_missing=options.remove_missing,
        )

    def another_limit_of_removals_is_set(self, limit):
        self.removal_limit = limit
        self._set_limit()

    def a_week_passes(self):
        """So that everything is read once more."""
        PullCursor.objects.all().delete()
