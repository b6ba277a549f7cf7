"""A run's options: a frozen copy of its job's set-up, as JSON in the run's row."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from lists.models import SystemUsage
from lists.records import PullColumn, PullPlan
from sync.models import Direction, Step, SyncJob, SyncRun


@dataclass(frozen=True)
class Column:
    """A column of the list that mirrors a Salesforce field."""

    key: str
    name: str
    field: str


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """What a run may do. Keys name columns of the list."""

    steps: tuple[Step, ...]
    sobject_type: str
    columns: tuple[Column, ...]
    email_key: str | None
    pull_add: bool = False
    pull_keys: frozenset[str] = frozenset()
    remove_missing: bool = False
    removals_released: int | None = None
    push_add: bool = False
    push_keys: frozenset[str] = frozenset()

    def to_json(self) -> dict[str, Any]:
        """Return the options as a JSON object."""
        fields = asdict(self)
        fields["pull_keys"], fields["push_keys"] = sorted(self.pull_keys), sorted(self.push_keys)
        return fields

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "RunOptions":
        """Return the options that `to_json` wrote."""
        return cls(
            **{
                **stored,
                "steps": tuple(Step(step) for step in stored["steps"]),
                "columns": tuple(Column(**column) for column in stored["columns"]),
                "pull_keys": frozenset(stored["pull_keys"]),
                "push_keys": frozenset(stored["push_keys"]),
            }
        )

    def releasing_removals(self, count: int) -> "RunOptions":
        """Return options that do one thing: remove the records that a person has released."""
        return replace(self, steps=(Step.REMOVAL,), removals_released=count)

    def pull_plan(self, run: SyncRun) -> PullPlan:
        """Return what a page read from Salesforce may do to the list."""
        return PullPlan(
            account_id=run.account_id,
            list_id=run.job.list_id,
            run_id=run.pk,
            columns=tuple(PullColumn(column.key, column.field) for column in self.columns),
            email_key=self.email_key,
            add_new=self.pull_add,
            update_keys=self.pull_keys,
            remember_seen=self.remove_missing,
        )


def freeze_options(job: SyncJob) -> dict[str, Any]:
    """Return a copy of the job's set-up as it is now."""
    columns = _mirrored_columns(job)
    pull_keys = _chosen_keys(job, Direction.PULL) if job.pull_update else frozenset()
    pulls = job.pull_add or bool(pull_keys) or job.remove_missing
    push_keys = _chosen_keys(job, Direction.PUSH) if job.push_update else frozenset()
    steps = [
        (Step.PULL, pulls),
        (Step.REMOVAL, job.remove_missing),
        (Step.PUSH, job.push_add or bool(push_keys)),
    ]
    return RunOptions(
        steps=tuple(step for step, wanted in steps if wanted),
        sobject_type=job.list.sobject_type,
        columns=columns,
        email_key=_email_key(job),
        pull_add=job.pull_add,
        # A column that was added brings its values with the first pull, chosen or not (S77).
        pull_keys=pull_keys | _unfilled_keys(job),
        remove_missing=job.remove_missing,
        push_add=job.push_add,
        push_keys=push_keys,
    ).to_json()


def freeze_import_options(job: SyncJob) -> dict[str, Any]:
    """Return the options of the import that fills a new list with everything it has columns for."""
    return RunOptions(
        steps=(Step.PULL,),
        sobject_type=job.list.sobject_type,
        columns=_mirrored_columns(job),
        email_key=_email_key(job),
        pull_add=True,
    ).to_json()


def _mirrored_columns(job: SyncJob) -> tuple[Column, ...]:
    columns = job.list.columns.exclude(salesforce_field="")
    return tuple(Column(column.key, column.name, column.salesforce_field) for column in columns)


def _unfilled_keys(job: SyncJob) -> frozenset[str]:
    unfilled = job.list.columns.exclude(salesforce_field="").filter(filled_at=None)
    return frozenset(unfilled.values_list("key", flat=True))


def _email_key(job: SyncJob) -> str | None:
    column = job.list.columns.filter(system_usage=SystemUsage.EMAIL).first()
    return column.key if column else None


def _chosen_keys(job: SyncJob, direction: Direction) -> frozenset[str]:
    chosen = job.fields.filter(direction=direction).exclude(column__salesforce_field="")
    return frozenset(chosen.values_list("column__key", flat=True))
