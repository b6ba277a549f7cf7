"""What is wrong in an account now, read from its connection, its jobs and their last runs."""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.urls import reverse

from acton_connector.accounts.models import Account
from connectors.models import Connection, ConnectionState
from connectors.selectors import find_connection, is_usable
from sync.models import SALESFORCE_AWAY, FailureReason, RunKind, RunState, SyncJob, SyncRun
from sync.notices.missed import has_missed_two_starts
from sync.notices.models import Notice, NoticeKind

LONGEST_TITLE = 400
LONGEST_CODE = 200
MISSED_ADVICE = (
    "Nothing needs to be done while Salesforce is maintained: the sync starts again by itself. "
    "Otherwise look whether the application's workers run."
)
NUMBER = re.compile(r"\d[\d,.]*")

# A notice is about the connection, or about one thing of one job.
Subject = tuple[NoticeKind, int | None]


@dataclass(frozen=True)
class Cause:
    """One thing that is wrong; `code` tells it from another thing of the same kind."""

    kind: NoticeKind
    job_id: int | None
    run_id: int | None
    code: str
    title: str
    text: str
    advice: str
    path: str

    @property
    def subject(self) -> Subject:
        """What there is one open notice about."""
        return self.kind, self.job_id


@dataclass(frozen=True)
class JobStory:
    """A job and its last two runs, newest first; previews and cancelled runs say nothing."""

    job: SyncJob
    last: SyncRun | None
    before: SyncRun | None

    @property
    def is_paused(self) -> bool:
        """Whether the schedule waits for a person."""
        return bool(self.job.pause_reason) and self.job.schedule is not None

    @property
    def is_settled(self) -> bool:
        """Whether the last run says how the sync stands: it ended, and Salesforce was there."""
        return self.last is not None and not self.last.is_active and not is_away(self.last)


def is_away(run: SyncRun) -> bool:
    """Whether a run ended because Salesforce did not answer; it passes by itself (F19)."""
    return run.failure_code == SALESFORCE_AWAY


def one_line(text: str) -> str:
    """Return `text` without line breaks and other characters that nobody sees (T19)."""
    seen = "".join(" " if unicodedata.category(c) in {"Cc", "Zl", "Zp"} else c for c in text)
    return " ".join(seen.split())


class Causes:
    """An account's causes of one moment, and which notices the moment says nothing about."""

    def __init__(self, account: Account, now: datetime, late_jobs: Collection[int] = ()) -> None:
        self._account = account
        self._now = now
        self._late_jobs = late_jobs
        self._connection = find_connection()
        self._stories = {story.job.pk: story for story in _list_stories()}

    def list_causes(self) -> list[Cause]:
        """Return what is wrong now."""
        found = [cause for story in self._stories.values() for cause in self._of_job(story)]
        if self._connection and self._connection.state == ConnectionState.PAUSED:
            found.append(self._of_connection(self._connection))
        return found

    def is_undecided(self, notice: Notice) -> bool:
        """Whether it cannot be told yet if an open notice is over: a run has to end first."""
        story = self._stories.get(notice.job_id or 0)
        if story is None or notice.kind == NoticeKind.SCHEDULE_PAUSED:
            return False
        if notice.kind == NoticeKind.RUN_FAILED and story.is_paused:
            return True  # it failed again, and the pause is what is told of that
        if notice.kind == NoticeKind.STARTS_MISSED:
            last = story.last
            return not story.is_settled or not last or _ended_before(last, notice.opened_at)
        return not story.is_settled

    def _of_connection(self, connection: Connection) -> Cause:
        return Cause(
            kind=NoticeKind.CONNECTION_PAUSED,
            job_id=None,
            run_id=None,
            code=connection.reason_code,
            title="The connection to Salesforce is paused",
            text=f"{one_line(connection.reason)} Nothing is read or sent, and no sync starts.",
            advice=connection.advice,
            path=reverse("salesforce_connection", args=[self._account.slug]),
        )

    def _of_job(self, story: JobStory) -> Iterator[Cause]:
        job, run = story.job, story.last
        if story.is_paused:
            yield self._of_pause(job, run)
        if is_usable(self._connection) and self._has_missed_two_starts(story):
            yield self._of_missed_starts(story)
        if run is None or not story.is_settled:
            return
        failed = run.state == RunState.FAILED
        if failed and not story.is_paused and run.failure_reason != FailureReason.CONNECTION:
            yield self._of_failure(run)
        if run.removals_held and not failed:
            yield self._of_held_removals(run)

    def _of_failure(self, run: SyncRun) -> Cause:
        what = "import" if run.kind == RunKind.IMPORT else "sync"
        return self._of_run(
            run,
            kind=NoticeKind.RUN_FAILED,
            code=run.failure_code or _code_of(run.message),
            title=f"The {what} of “{run.job.list}” failed",
            text=run.message,
            advice=run.advice,
        )

    def _of_held_removals(self, run: SyncRun) -> Cause:
        return self._of_run(
            run,
            kind=NoticeKind.REMOVALS_HELD,
            code="",
            title=f"Removals of “{run.job.list}” wait for a person",
            text=run.message or f"{run.removals_held:,} records are kept for now.",
            advice="Look whether these records are gone in Salesforce on purpose. Release the "
            "removals on the run's page if they are; otherwise mend what the connected user may "
            "see, and the next sync looks again.",
        )

    def _of_missed_starts(self, story: JobStory) -> Cause:
        last = story.last
        waits = last if last and (is_away(last) or last.is_idle) else None
        reason = f" {waits.message}" if waits else ""
        lacks_calls = waits is not None and waits.state == RunState.WAITING_FOR_ALLOWANCE
        job = story.job
        return Cause(
            kind=NoticeKind.STARTS_MISSED,
            job_id=job.pk,
            run_id=story.last.pk if story.last else None,
            code="",
            title=_title(f"The sync of “{job.list}” missed two starts"),
            text=one_line(f"Two starts in a row did not lead to a sync.{reason}"),
            advice=waits.advice if waits and lacks_calls else MISSED_ADVICE,
            path=reverse("runs", args=[self._account.slug]),
        )

    def _has_missed_two_starts(self, story: JobStory) -> bool:
        last, before = story.last, story.before
        if last and before and is_away(last) and is_away(before):
            return True
        if story.job.pk in self._late_jobs:
            return True
        if last is None or not last.is_idle:
            return False
        return has_missed_two_starts(story.job, last.queued_at, self._now)

    def _of_pause(self, job: SyncJob, run: SyncRun | None) -> Cause:
        failed = run is not None and run.state == RunState.FAILED
        return Cause(
            kind=NoticeKind.SCHEDULE_PAUSED,
            job_id=job.pk,
            run_id=run.pk if run and failed else None,
            code=_code_of(job.pause_reason),
            title=_title(f"The schedule of “{job.list}” is paused"),
            text=f"{one_line(job.pause_reason)} The sync starts no more by itself.",
            advice=(run.advice if run and failed else "")
            or "Mend what is told here, then save the list's Sync Setup.",
            path=reverse("sync_setup", args=[self._account.slug, job.list_id]),
        )

    def _of_run(
        self, run: SyncRun, *, kind: NoticeKind, code: str, title: str, text: str, advice: str
    ) -> Cause:
        return Cause(
            kind=kind,
            job_id=run.job_id,
            run_id=run.pk,
            code=code,
            title=_title(title),
            text=one_line(text),
            advice=advice,
            path=reverse("run_detail", args=[self._account.slug, run.pk]),
        )


def _title(text: str) -> str:
    return one_line(text)[:LONGEST_TITLE]


def _code_of(message: str) -> str:
    """Return what two messages of one cause have in common: all but the numbers."""
    return NUMBER.sub("#", one_line(message))[:LONGEST_CODE]


def _ended_before(run: SyncRun, moment: datetime) -> bool:
    return run.finished_at is None or run.finished_at < moment


def _list_stories() -> Iterator[JobStory]:
    """Yield the jobs of the account in scope with their last runs: two queries in all."""
    telling = (
        SyncRun.objects.filter(job=OuterRef("pk"))
        .exclude(Q(kind=RunKind.DRY_RUN) | Q(state=RunState.CANCELLED))
        .order_by("-pk")
        .values("pk")
    )
    jobs = list(
        SyncJob.objects.select_related("list", "account").annotate(
            last_id=Subquery(telling[:1]), before_id=Subquery(telling[1:2])
        )
    )
    runs = _read_runs([pk for job in jobs for pk in (job.last_id, job.before_id) if pk])
    for job in jobs:
        yield JobStory(job, runs.get(job.last_id or 0), runs.get(job.before_id or 0))


def _read_runs(ids: list[int]) -> Mapping[int, SyncRun]:
    wanted: QuerySet[SyncRun] = SyncRun.objects.select_related("job__list").defer(
        "options", "checkpoint", "result", "warnings"
    )
    return wanted.in_bulk(ids)
