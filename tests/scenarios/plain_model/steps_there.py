"""Steps in the organisation, which others take: sales, administrators, Salesforce itself."""

from tests.scenarios.plain_model.choices import (
    MOST_PEOPLE,
)
from tests.scenarios.plain_model.organisation import FIELDS, Person


class StepsThere:
    """What happens in Salesforce, for real and in the model."""

    def _create(self, kind, values):
        person_id = self.salesforce.create(kind, values)
        person = Person(person_id, kind, values, self.salesforce.our_user)
        self.organisation.create(person)

    def _there(self, kind):
        return list(self.organisation.open(kind))

    def _pick(self, kind, place):
        people = self._there(kind)
        return people[place % len(people)] if people else None

    def some_are_created(self, people):
        for kind, values in people:
            if len(self._there(kind)) < MOST_PEOPLE:
                self._create(kind, values)

    def some_are_changed(self, changes, seconds_ago):
        for kind, place, wanted in changes:
            values = {name: value for name, value in wanted.items() if name in FIELDS[kind]}
            if (person := self._pick(kind, place)) and values:
                self.salesforce.change(kind, person.id, values, seconds_ago=seconds_ago)
                self.organisation.change(person.id, values)

    def somebody_is_emptied(self, kind, place, names):
        if person := self._pick(kind, place):
            values = dict.fromkeys(names)
            self.salesforce.change(kind, person.id, values)
            self.organisation.change(person.id, values)

    def somebody_opts_out(self, kind, place):
        if person := self._pick(kind, place):
            self.salesforce.change(kind, person.id, {"HasOptedOutOfEmail": "true"})
            self.organisation.change(person.id, {"HasOptedOutOfEmail": "true"})

    def somebody_gets_another_owner(self, kind, place, user):
        if person := self._pick(kind, place):
            owner = self.salesforce.users[user]
            self.salesforce.change(kind, person.id, {"OwnerId": owner})
            person.owner = owner

    def somebody_is_deleted(self, kind, place):
        if person := self._pick(kind, place):
            self.salesforce.delete(kind, person.id)
            self.organisation.delete(person.id)

    def somebody_is_undeleted(self, place):
        gone = [person for person in self.organisation.people.values() if person.is_deleted]
        if gone:
            person = gone[place % len(gone)]
            self.salesforce.undelete(person.id)
            self.organisation.undelete(person.id)

    def some_are_merged(self, kind, places):
        people = self._there(kind)
        if not people:
            return
        winner, *losers = dict.fromkeys(people[place % len(people)].id for place in places)
        if losers:
            self.salesforce.merge(kind, winner, losers)
            self.organisation.merge(winner, losers)

    def a_lead_is_converted(self, place):
        if person := self._pick("Lead", place):
            contact_id = self.salesforce.convert(person.id)
            self.organisation.convert(person.id, contact_id)

    def salesforce_touches_somebody(self, kind, place):
        if person := self._pick(kind, place):
            self.salesforce.touch([person.id])

    def time_passes(self, seconds):
        self.salesforce.wait(seconds)
