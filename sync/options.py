"""A run's options: a frozen copy of its job's set-up, as JSON in the run's row."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from dataclasses import field as dataclass_field
from typing import Any

from connectors.members import STATUS
from lists.models import ListKind, MarketingList, SystemUsage
from lists.records import MergeRule, PullColumn, PullPlan
from sync.models import Direction, DuplicateAction, Step, SyncJob, SyncRun

# A member has no owner of its own; the person that it stands for has one.
OWNER_FIELD = "OwnerId"
OWNER_FIELDS = {"CampaignMember": "LeadOrContactOwnerId"}

SETS_OF_KEYS = ("pull_keys", "filling_keys", "push_keys", "clearing_keys")


@dataclass(frozen=True)
class Column:
    """A column of the list that mirrors a Salesforce field."""

    key: str
    name: str
    field: str
    data_type: str = "string"


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """What a run may do. Keys name columns of the list.

    `clearing_keys` are those of `push_keys` whose blanks clear the field in Salesforce; other
    blanks are not sent. `campaign_id` or `report_id` say where a list of that kind is read from;
    with `pull_every_key` a column that a report brings along later is updated like the others.
    `rules` are those of the pulled keys that have another one than Salesforce's value first;
    those of the `filling_keys` nobody chose: they get first values, into blanks alone.
    With `linked_only`, of a file's list, a pull reads the linked records and no others.
    `push_add_as` is the object that a new member of a campaign becomes who is in Salesforce as
    neither lead nor contact. `aside_keys` name columns whose field Salesforce no longer
    has as they expect it.
    """

    steps: tuple[Step, ...]
    sobject_type: str
    columns: tuple[Column, ...]
    email_key: str | None
    pull_add: bool = False
    pull_keys: frozenset[str] = frozenset()
    filling_keys: frozenset[str] = frozenset()
    rules: Mapping[str, MergeRule] = dataclass_field(default_factory=dict)
    remove_missing: bool = False
    removals_released: int | None = None
    push_add: bool = False
    push_add_as: str = ""
    push_keys: frozenset[str] = frozenset()
    clearing_keys: frozenset[str] = frozenset()
    use_assignment_rule: bool = False
    duplicates: DuplicateAction = DuplicateAction.SET_ASIDE
    campaign_id: str = ""
    report_id: str = ""
    pull_every_key: bool = False
    linked_only: bool = False
    aside_keys: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the options as a JSON object."""
        fields = asdict(self)
        return {**fields, **{name: sorted(fields[name]) for name in SETS_OF_KEYS}}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "RunOptions":
        """Return the options that `to_json` wrote, also an earlier version's."""
        return cls(
            **{
                **stored,
                "steps": tuple(Step(step) for step in stored["steps"]),
                "columns": tuple(Column(**column) for column in stored["columns"]),
                "rules": {key: MergeRule(rule) for key, rule in stored.get("rules", {}).items()},
                "aside_keys": tuple(stored.get("aside_keys", ())),
                "duplicates": DuplicateAction(stored.get("duplicates", DuplicateAction.SET_ASIDE)),
                **{name: frozenset(stored.get(name, ())) for name in SETS_OF_KEYS},
            }
        )

    def releasing_removals(self, count: int) -> "RunOptions":
        """Return options that do one thing: remove the records that a person has released."""
        return replace(self, steps=(Step.REMOVAL,), removals_released=count)

    @property
    def compares_times(self) -> bool:
        """Whether a rule asks which side was changed later."""
        pulled = (column.key for column in self.columns if column.key in self.pull_keys)
        return any(self.rules.get(key) == MergeRule.MOST_RECENT for key in pulled)

    def pull_plan(self, run: SyncRun) -> PullPlan:
        """Return what a page read from Salesforce may do to the list."""
        return PullPlan(
            account_id=run.account_id,
            list_id=run.job.list_id,
            run_id=run.pk,
            columns=tuple(self._pull_column(column) for column in self.columns),
            email_key=self.email_key,
            add_new=self.pull_add,
            update_keys=self.pull_keys,
            # A read of changes says nothing of the records that it does not hold.
            remember_seen=self.remove_missing and run.read_since is None,
            aside_keys=self.aside_keys,
            owner_field=OWNER_FIELDS.get(self.sobject_type, OWNER_FIELD),
        )

    def _pull_column(self, column: Column) -> PullColumn:
        rule = self.rules.get(column.key, MergeRule.SALESFORCE)
        only_fills = column.key in self.filling_keys
        return PullColumn(column.key, column.field, column.data_type, rule, only_fills)


def read_options(run: SyncRun) -> RunOptions:
    """Return what a run may do; one that its schedule queued would do what is set up now."""
    return RunOptions.from_json(run.options or freeze_options(run.job))


def freeze_options(job: SyncJob) -> dict[str, Any]:
    """Return a copy of the job's set-up as it is now."""
    columns = mirrored_columns(job.list)
    pull_keys = find_pull_keys(job)
    pulls = job.pull_add or bool(pull_keys) or job.remove_missing
    unfilled = unfilled_keys(job.list)
    push_keys = _push_keys(job, columns) if job.push_update else frozenset()
    steps = [
        (Step.PULL, pulls),
        (Step.REMOVAL, job.remove_missing),
        (Step.PUSH, job.push_add or bool(push_keys)),
    ]
    return RunOptions(
        steps=tuple(step for step, wanted in steps if wanted),
        sobject_type=job.list.sobject_type,
        columns=columns,
        email_key=find_email_key(job.list),
        campaign_id=_source_id(job, ListKind.CAMPAIGN),
        report_id=_source_id(job, ListKind.REPORT),
        pull_every_key=_pulls_every_key(job),
        linked_only=job.list.is_from_file,
        pull_add=job.pull_add,
        # A column that was added brings its values with the first pull, chosen or not (S77).
        pull_keys=pull_keys | unfilled,
        # Where nobody chose to pull it, it overwrites nothing that was entered here.
        rules=_chosen_rules(job, pull_keys) | dict.fromkeys(unfilled - pull_keys, MergeRule.OURS),
        filling_keys=unfilled - pull_keys,
        remove_missing=job.remove_missing,
        push_add=job.push_add,
        push_add_as=job.push_add_as if job.push_add else "",
        push_keys=push_keys,
        clearing_keys=push_keys & _clearing_keys(job),
        use_assignment_rule=job.use_assignment_rule,
        duplicates=DuplicateAction(job.duplicates),
    ).to_json()


def find_pull_keys(job: SyncJob) -> frozenset[str]:
    """Return the keys of the columns whose values the set-up lets a pull update."""
    if not job.pull_update:
        return frozenset()
    if _pulls_every_key(job):
        return frozenset(column.key for column in mirrored_columns(job.list))
    return _chosen_keys(job, Direction.PULL)


def _pulls_every_key(job: SyncJob) -> bool:
    """Tell whether all that a report shows comes along (S79): there is nothing to choose."""
    return job.pull_update and job.list.kind == ListKind.REPORT


def freeze_import_options(job: SyncJob) -> dict[str, Any]:
    """Return the options of the import that fills a new list with everything it has columns for."""
    return RunOptions(
        steps=(Step.PULL,),
        sobject_type=job.list.sobject_type,
        columns=mirrored_columns(job.list),
        email_key=find_email_key(job.list),
        campaign_id=_source_id(job, ListKind.CAMPAIGN),
        report_id=_source_id(job, ListKind.REPORT),
        pull_add=True,
    ).to_json()


def _source_id(job: SyncJob, kind: ListKind) -> str:
    return job.list.source_id if job.list.kind == kind else ""


def mirrored_columns(marketing_list: MarketingList) -> tuple[Column, ...]:
    """Return the list's columns that come from Salesforce, in their order."""
    columns = marketing_list.columns.exclude(salesforce_field="")
    return tuple(
        Column(column.key, column.name, column.salesforce_field, column.data_type)
        for column in columns
    )


def unfilled_keys(marketing_list: MarketingList) -> frozenset[str]:
    """Return the keys of the columns whose values no pull has brought yet."""
    unfilled = marketing_list.columns.exclude(salesforce_field="").filter(filled_at=None)
    return frozenset(unfilled.values_list("key", flat=True))


def find_email_key(marketing_list: MarketingList) -> str | None:
    """Return the key of the column that holds the e-mail address; None without one."""
    column = marketing_list.columns.filter(system_usage=SystemUsage.EMAIL).first()
    return column.key if column else None


def _chosen_rules(job: SyncJob, pull_keys: frozenset[str]) -> dict[str, MergeRule]:
    """Return the rules of the pulled keys, as far as a person chose another than the first."""
    chosen = job.fields.filter(direction=Direction.PULL, column__key__in=pull_keys)
    others = chosen.exclude(rule=MergeRule.SALESFORCE).order_by("column__position")
    return {key: MergeRule(rule) for key, rule in others.values_list("column__key", "rule")}


def _clearing_keys(job: SyncJob) -> frozenset[str]:
    clearing = job.fields.filter(direction=Direction.PUSH, clears_field=True)
    return frozenset(clearing.values_list("column__key", flat=True))


def _push_keys(job: SyncJob, columns: tuple[Column, ...]) -> frozenset[str]:
    """Return the chosen keys; a campaign's member status is pushed in any case (S72)."""
    chosen = _chosen_keys(job, Direction.PUSH)
    if job.list.kind != ListKind.CAMPAIGN:
        return chosen
    return chosen | {column.key for column in columns if column.field == STATUS}


def _chosen_keys(job: SyncJob, direction: Direction) -> frozenset[str]:
    chosen = job.fields.filter(direction=direction).exclude(column__salesforce_field="")
    return frozenset(chosen.values_list("column__key", flat=True))
