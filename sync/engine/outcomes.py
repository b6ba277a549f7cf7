"""What became of the rows that were sent, and how it is noted in the list and the run."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from connectors.salesforce import SalesforceError
from lists.records import PushedRecord
from sync.engine.context import RunContext
from sync.engine.push_rows import PushRow, Refusal
from sync.models import RecordIssue


@dataclass
class Outcomes:
    """The records that Salesforce took, those that it refused, and those that moved on.

    `links` ties new records to ids that Salesforce has; `masters` maps ids that are gone to those
    that took their place.
    """

    settled: list[PushedRecord] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    links: list[tuple[PushRow, str]] = field(default_factory=list)
    masters: dict[str, str] = field(default_factory=dict)

    def add(self, other: "Outcomes") -> None:
        """Take in what became of other rows."""
        self.settled += other.settled
        self.refusals += other.refusals
        self.links += other.links
        self.masters |= other.masters

    def set_apart(self, codes: Collection[str]) -> list[Refusal]:
        """Take out and return the refusals with one of these codes."""
        apart = [refusal for refusal in self.refusals if refusal.code in codes]
        self.refusals = [refusal for refusal in self.refusals if refusal.code not in codes]
        return apart

    def refuse(self, row: PushRow, error: SalesforceError | None) -> None:
        """Set a row aside with Salesforce's code, its text and our advice."""
        self.refusals.append(refuse(row, error))


def refuse(row: PushRow, error: SalesforceError | None) -> Refusal:
    """Return what says that Salesforce did not take a row, in its words where it has any."""
    if error is None:
        return row.refuse("NO_ANSWER", "Salesforce gave this record neither id nor error.")
    return row.refuse(error.code, error.message, error.advice, error.fields)


def store_outcomes(context: RunContext, outcomes: Outcomes) -> int:
    """Note outcomes in the list and the run, in the caller's transaction.

    Return how many records of the list Salesforce took. What is stored again changes nothing but
    the counters of links and of records that moved on.
    """
    plan = context.options.pull_plan(context.run)
    settled = context.store.settle_pushed(plan, outcomes.settled)
    # Removals that a person releases later must not take what this run has sent.
    context.store.remember_seen(plan, [each.salesforce_id for each in outcomes.settled])
    link(context, outcomes.links)
    if outcomes.masters:
        followed = context.store.follow_merges(plan, outcomes.masters)
        context.merged_into.update(outcomes.masters.values())
        context.count(records_followed=followed)
    note_refusals(context, outcomes.refusals)
    return settled


def link(context: RunContext, links: Collection[tuple[PushRow, str]]) -> None:
    """Tie new records to those that Salesforce has."""
    if links:
        plan = context.options.pull_plan(context.run)
        context.store.link(plan, {row.record_id: salesforce_id for row, salesforce_id in links})
        context.store.remember_seen(plan, [salesforce_id for _, salesforce_id in links])
        context.count(records_linked=len(links))


def note_refusals(context: RunContext, refusals: Iterable[Refusal]) -> None:
    """Tell people of the records that were set aside; each is told once in a run."""
    issues = [
        refusal.to_issue(account_id=context.run.account_id, run_id=context.run.pk)
        for refusal in refusals
    ]
    if issues:
        RecordIssue.objects.bulk_create(issues, ignore_conflicts=True, batch_size=1_000)
        failed = RecordIssue.objects.filter(run=context.run).count()
        context.note(records_failed=failed)
