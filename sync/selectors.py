"""Everything that pages and commands read of jobs and runs."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Max, Min, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from acton_connector.accounts.database_clock import read_database_time
from acton_connector.accounts.models import Account
from lists.models import MarketingList
from lists.records import MergeRule
from sync.models import (
    Direction,
    FieldConflict,
    RecordIssue,
    RunKind,
    RunState,
    Step,
    SyncJob,
    SyncJobField,
    SyncRun,
)
from sync.options import read_options
from sync.schedules.due_times import allowed_at


@dataclass(frozen=True)
class StepView:
    """A step of a run as its page shows it: waiting, next, running, stopped or done."""

    step: Step
    state: str

    @property
    def label(self) -> str:
        """The step in words."""
        return str(self.step.label)


@dataclass(frozen=True)
class IssueCause:
    """The records of a run that were set aside for one reason."""

    code: str
    advice: str
    count: int
    sample_message: str


@dataclass(frozen=True)
class DayOfRuns:
    """How many runs ended on a day, by how they ended."""

    day: date
    succeeded: int
    with_errors: int
    failed: int


@dataclass(frozen=True)
class Freshness:
    """How old a list's last good sync is, and when the next one is due."""

    list: MarketingList
    last_run: SyncRun | None
    last_success_at: datetime | None
    next_due_at: datetime | None


def get_job(list_id: int) -> SyncJob:
    """Return the job of a list; raise SyncJob.DoesNotExist when there is none."""
    return SyncJob.objects.select_related("list", "account").get(list_id=list_id)


def list_runs() -> QuerySet[SyncRun]:
    """Return the account's runs, newest first."""
    return SyncRun.objects.select_related("job__list", "requested_by")


def get_run(run_id: int) -> SyncRun:
    """Return a run; raise SyncRun.DoesNotExist when there is none."""
    return list_runs().get(pk=run_id)


def find_last_run(list_id: int) -> SyncRun | None:
    """Return the newest run of a list; one that only told what it would do is none."""
    return list_runs().filter(job__list_id=list_id).exclude(kind=RunKind.DRY_RUN).first()


def next_allowed_start(job: SyncJob) -> datetime | None:
    """Return from when on the list may be synced again; None when it may at once."""
    allowed = allowed_at(job)
    return allowed if allowed > read_database_time(job.account_id) else None


def list_steps(run: SyncRun) -> list[StepView]:
    """Return the steps that the run's options ask for, and how far they are."""
    steps = read_options(run).steps
    current = steps.index(Step(run.step)) if run.step in steps else -1
    return [StepView(step, _step_state(run, place, current)) for place, step in enumerate(steps)]


def _step_state(run: SyncRun, place: int, current: int) -> str:
    if run.is_dry_run and run.is_idle:
        return "waiting"  # it begins anew
    if place < current or run.state in (RunState.SUCCEEDED, RunState.SUCCEEDED_WITH_ERRORS):
        return "done"
    if place == current:
        if run.next_step:
            return "next"
        return "running" if run.is_active else "stopped"
    return "waiting"


def issues_by_cause(run: SyncRun) -> list[IssueCause]:
    """Return the records that the run set aside, by Salesforce's code, most frequent first."""
    return _causes(RecordIssue.objects.filter(run=run))


def errors_by_cause(days: int = 7) -> list[IssueCause]:
    """Return the same over all runs of the last `days` days."""
    since = timezone.now() - timedelta(days=days)
    return _causes(RecordIssue.objects.filter(created_at__gte=since))


def _causes(issues: QuerySet[RecordIssue]) -> list[IssueCause]:
    groups = (
        issues.order_by()
        .values("code")
        .annotate(count=Count("pk"), advice=Min("advice"), sample_message=Min("message"))
        .order_by("-count", "code")
    )
    return [IssueCause(**group) for group in groups]


def list_issues(run: SyncRun, code: str | None = None) -> QuerySet[RecordIssue]:
    """Return the records that a run set aside, of one cause where `code` is given."""
    issues = RecordIssue.objects.filter(run=run)
    return issues.filter(code=code) if code else issues


def count_scheduled() -> int:
    """Return how many of the account's scheduled syncs are in use."""
    return SyncJob.objects.exclude(frequency="").count()


def selected_column_ids(job: SyncJob, direction: Direction) -> frozenset[int]:
    """Return the columns whose values existing records take over in one direction."""
    chosen = SyncJobField.objects.filter(job=job, direction=direction)
    return frozenset(chosen.values_list("column_id", flat=True))


def chosen_rules(job: SyncJob) -> dict[int, MergeRule]:
    """Return the rule of each column that the list takes over."""
    pulled = SyncJobField.objects.filter(job=job, direction=Direction.PULL)
    return {
        column_id: MergeRule(rule) for column_id, rule in pulled.values_list("column_id", "rule")
    }


def list_conflicts(run: SyncRun) -> QuerySet[FieldConflict]:
    """Return the first values of a run that both sides had changed, in the order they were met."""
    return FieldConflict.objects.filter(run=run)


def clearing_column_ids(job: SyncJob) -> frozenset[int]:
    """Return the push-update columns whose blanks clear the field in Salesforce."""
    clearing = SyncJobField.objects.filter(job=job, clears_field=True)
    return frozenset(clearing.values_list("column_id", flat=True))


def find_next_due() -> SyncJob | None:
    """Return the job that starts next by its schedule."""
    due = SyncJob.objects.filter(next_due_at__isnull=False)
    return due.select_related("list").order_by("next_due_at").first()


def runs_per_day(account: Account, days: int = 14) -> list[DayOfRuns]:
    """Return the runs of the last `days` days by the day they ended, in the account's zone."""
    today = timezone.now().astimezone(account.zone).date()
    first = today - timedelta(days=days - 1)
    counted = (
        SyncRun.objects.filter(finished_at__isnull=False)
        .exclude(kind=RunKind.DRY_RUN)
        .order_by()
        .annotate(day=TruncDate("finished_at", tzinfo=account.zone))
        .filter(day__gte=first)
        .values("day")
        .annotate(
            succeeded=Count("pk", filter=Q(state=RunState.SUCCEEDED)),
            with_errors=Count("pk", filter=Q(state=RunState.SUCCEEDED_WITH_ERRORS)),
            failed=Count("pk", filter=Q(state=RunState.FAILED)),
        )
    )
    by_day = {row["day"]: DayOfRuns(**row) for row in counted}
    every_day = (first + timedelta(days=offset) for offset in range(days))
    return [by_day.get(day, DayOfRuns(day, 0, 0, 0)) for day in every_day]


def list_freshness() -> list[Freshness]:
    """Return every synced list with its last run, its last good one, and when it is due."""
    real = Q(runs__kind__in=[RunKind.IMPORT, RunKind.SYNC])
    good = real & Q(runs__state__in=[RunState.SUCCEEDED, RunState.SUCCEEDED_WITH_ERRORS])
    jobs = (
        SyncJob.objects.select_related("list")
        .annotate(
            last_run_id=Max("runs__pk", filter=real),
            last_success_at=Max("runs__finished_at", filter=good),
        )
        .order_by("list__name")
    )
    rows = list(jobs)
    runs = SyncRun.objects.in_bulk(_known(job.last_run_id for job in rows))
    return [
        Freshness(job.list, runs.get(job.last_run_id or 0), job.last_success_at, job.next_due_at)
        for job in rows
    ]


def _known(ids: Iterable[int | None]) -> list[int]:
    return [each for each in ids if each is not None]
