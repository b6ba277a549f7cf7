"""The state machine: every step is taken for real and in the model, and runs are compared."""

from collections import Counter
from copy import deepcopy
from dataclasses import replace

import hypothesis.strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from lists.models import ListKind
from sync.models import RunState
from sync.services import import_list
from tests.scenarios.plain_model.choices import COLUMNS, LISTS, NEW_PEOPLE, SOME_DEEDS
from tests.scenarios.plain_model.differences import (
    compare_counts,
    compare_list,
    compare_organisation,
    compare_state,
    count_of,
    learn_ids,
)
from tests.scenarios.plain_model.hands import Application, Salesforce
from tests.scenarios.plain_model.marketing_list import MarketingList
from tests.scenarios.plain_model.options import SALESFORCE, Options
from tests.scenarios.plain_model.organisation import Organisation
from tests.scenarios.plain_model.steps_here import StepsHere
from tests.scenarios.plain_model.steps_there import StepsThere
from tests.scenarios.plain_model.sync import Run

# What a run says again and again until a person does something about it.
TOLD_AGAIN = {"failed", "held"}


class BothSides(StepsThere, StepsHere, RuleBasedStateMachine):
    """Random steps. A subclass says with which `sync` and `salesforce`, and counts in `taken`."""

    sync: object
    salesforce: Salesforce
    taken: Counter[str]

    def __init__(self):
        super().__init__()
        self.application = Application(self.sync.actor, self.salesforce)
        self.salesforce.empty()
        self.application.forget_everything()
        self.organisation = Organisation()
        self.lists, self.jobs, self.options = [], [], []
        self.removal_limit = 100
        self._set_limit()

    def _set_limit(self):
        self.sync.account.removal_limit_percent = self.removal_limit
        self.sync.account.save()

    @initialize(people=st.lists(NEW_PEOPLE, min_size=4, max_size=8))
    def people_and_lists(self, people):
        for kind, values in people:
            self._create(kind, values)
        for number, kind in enumerate(("Lead", "Contact")):
            self._import(kind)
            self.everything_is_chosen(number, SALESFORCE, clears=False)

    def _import(self, kind):
        run = import_list(
            account=self.sync.account,
            kind=ListKind.LEADS if kind == "Lead" else ListKind.CONTACTS,
            name=f"List {len(self.lists)}",
            fields=COLUMNS[kind],
            actor=self.sync.actor,
        )
        job = self.sync.execute(run).job
        self.lists.append(MarketingList(kind, list(COLUMNS[kind])))
        self.jobs.append(job)
        self.options.append(Options())
        run.refresh_from_db()
        number = len(self.lists) - 1
        self._follow(number, run, self._model_run(number, Options(pull_add=True)))

    @precondition(lambda self: len(self.lists) == 2)
    @rule()
    def leads_are_imported_once_more(self):
        self._import("Lead")

    @rule(deeds=SOME_DEEDS, number=LISTS)
    def much_happens_before_a_list_is_synced(self, deeds, number):
        for name, takes in deeds:
            getattr(self, name)(**takes)
            self.taken["steps"] += 1
        self._sync(number)

    @rule(deeds=SOME_DEEDS, number=LISTS)
    def much_happens_before_a_sync_is_previewed(self, deeds, number):
        for name, takes in deeds:
            getattr(self, name)(**takes)
            self.taken["steps"] += 1
        self._preview(number)
        self._sync(number)

    @rule(number=LISTS)
    def a_list_comes_to_rest(self, number):
        """Where nothing changes any more, nothing moves any more."""
        for _ in range(3):
            told = self._sync(number)
        moved = {name: count for name, count in told.items() if count and name not in TOLD_AGAIN}
        assert not moved, f"Nothing had changed, and the run says {moved}"

    def _preview(self, number):
        """A dry run says what the run would do, and does nothing."""
        if self._options(number).does_nothing:
            return
        run = self._model_run(number, self._options(number))
        lists, organisation = deepcopy((self.lists, self.organisation))
        imagined = replace(
            run, marketing_list=lists[number % len(lists)], lists=lists, organisation=organisation
        )
        told = imagined.do()
        real = self.application.preview(self._job(number))
        if imagined.refused:  # what Salesforce itself refuses no dry run can know
            said = [f"it {real.state}"] if real.state == RunState.FAILED else []
        else:
            said = compare_state(told, real) + compare_counts(told, real.result["counts"])
        self._compare(said, f"a dry run of list {number}")

    def _sync(self, number):
        if self._options(number).does_nothing:
            return Counter()
        run = self._model_run(number, self._options(number))
        return self._follow(number, self.sync.run(self._job(number)), run)

    def _model_run(self, number, options):
        """Return the model's run, with what the organisation alone knows: when it was changed."""
        for each, each_job in zip(self.lists, self.jobs, strict=True):
            times = self.application.read_edit_times(each_job)
            for record in each.records:
                record.edited_at = times.get(record.record_id)
        return Run(
            self._list(number),
            self.lists,
            self.organisation,
            options,
            self.removal_limit,
            self.salesforce.our_user,
            self.salesforce.read_times(),
        )

    def _follow(self, number, real, run):
        """Do in the model what the real run was asked to do, and compare."""
        told = run.do()
        way = "runs of changes" if real.read_since else "whole runs"
        self.taken.update({**told, way: 1})
        learn_ids(run.marketing_list, self.organisation, self._job(number))
        said = compare_state(told, real) + compare_counts(told, count_of(real))
        what = f"a run of list {number} ({real.read_reason})"
        self._compare(said, " ".join([what, *real.issues.values_list("message", flat=True)]))
        return told

    def _compare(self, said, what):
        for plain, job in zip(self.lists, self.jobs, strict=True):
            said += compare_list(plain, job)
        said += compare_organisation(self.organisation, self.salesforce.read())
        assert not said, "\n".join([f"After {what}:", *said])

    @invariant()
    def a_step_was_taken(self):
        self.taken["steps"] += 1
