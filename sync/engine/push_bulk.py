"""Push many records: one Bulk job is prepared while Salesforce works on the one before.

Checkpoint: `{"part": the part's name, "after": last record done, "jobs": [[id, last record, whether
its upload was closed], ...]}` with the jobs that are on their way, in the order in which they were
sent. Where a job before
them is gone or came to no good end, they are noted with the last record before its rows: the
checkpoint does not move past what is still to be sent.
"""

import tempfile
from collections import deque
from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction

from connectors.salesforce import (
    BulkJob,
    BulkJobFailedError,
    NotFoundError,
    SchemaError,
    TransientError,
)
from sync.engine import send_bulk
from sync.engine.context import RunContext
from sync.engine.matching import Matcher
from sync.engine.outcomes import Outcomes, store_outcomes
from sync.engine.push_notes import find_reason_to_stop, note_prepared
from sync.engine.push_parts import Part, find_left, prepare_rows
from sync.engine.push_rows import Batch, PushFields
from sync.engine.second_look import look_again
from sync.engine.storage import StorageFullError, take_out_unstored

ROWS_PER_BULK_JOB = 50_000
MOST_ON_THEIR_WAY = 2


class SentJob(NamedTuple):
    """A job on its way, and the last record that it, or what was put aside behind it, tells of.

    Once its upload `is_closed`, only somebody in Salesforce can have stopped it.
    """

    job: BulkJob
    upto: UUID
    is_closed: bool = False


class BulkSender:
    """Sends the records of a part.

    After a job that came to no good end, when too much is refused, or when Salesforce no longer
    has a field or room for another record, no other one is sent; the outcome of those on their way
    is read all the same.
    """

    def __init__(
        self, context: RunContext, part: Part, fields: PushFields, matcher: Matcher | None
    ) -> None:
        """Take up the jobs of an earlier attempt."""
        self._context, self._part, self._fields = context, part, fields
        self._matcher = matcher
        self._after = UUID(context.checkpoint["after"])
        self._problem: Exception | None = None
        self._sent: deque[SentJob] = deque()
        self._take_up()

    def send_all(self) -> None:
        """Send what is left and settle all of it; raise what kept the rest from being sent."""
        while self._send_next() or self._settle_oldest():
            self._context.meter.flush()
        if self._problem is not None:
            raise self._problem

    def settle_all(self) -> None:
        """Settle what an earlier attempt sent, and send nothing; raise what came of it."""
        while self._settle_oldest():
            self._context.meter.flush()
        if self._problem is not None:
            raise self._problem

    def _take_up(self) -> None:
        """Find the jobs that the checkpoint tells of; what never arrived is prepared anew."""
        noted = self._context.checkpoint.get("jobs", [])
        self._sent.clear()
        for place, (job_id, upto, *closed) in enumerate(noted):
            if job := send_bulk.find_started(self._context, job_id, was_closed=any(closed)):
                is_behind_gap = len(self._sent) < place
                reached = self._prepared_upto if is_behind_gap else UUID(upto)
                self._sent.append(SentJob(job, reached, is_closed=True))
        if len(self._sent) < len(noted):
            self._advance()

    @property
    def _prepared_upto(self) -> UUID:
        return self._sent[-1].upto if self._sent else self._after

    def _send_next(self) -> bool:
        """Send a job; return False when there is nothing to send, or not yet."""
        if self._problem is not None or len(self._sent) == MOST_ON_THEIR_WAY:
            return False
        first = find_left(self._part, self._prepared_upto)
        if first is None or not self._is_looked_up(first):
            return False
        self._context.check()
        try:
            self._send(first)
        except (SchemaError, NotFoundError) as error:
            self._problem = error
            self._take_up()  # its own job, whose rows have not arrived, is none of them
        else:
            self._problem = find_reason_to_stop(self._context)
        return True

    def _is_looked_up(self, first: UUID) -> bool:
        """Tell whether the record may be sent beside the jobs on their way.

        Salesforce is asked for known addresses when it has taken what was sent before.
        """
        return not self._sent or self._matcher is None or first <= self._matcher.upto

    def _send(self, first: UUID) -> None:
        context, part = self._context, self._part
        batch = Batch(upto=self._prepared_upto)
        rows = prepare_rows(part, first, self._matcher, batch, ROWS_PER_BULK_JOB)
        names = [column.field for column in part.columns]
        if self._fields.parent_key:
            rows = iter(send_bulk.sort_by_parent(rows, names))
        with tempfile.SpooledTemporaryFile(max_size=send_bulk.IN_MEMORY_BYTES) as file:
            if not send_bulk.write_rows(file, rows, self._fields, names, create=part.is_create):
                self._pass_over(batch)
                return
            self._sent.append(SentJob(send_bulk.start(context, create=part.is_create), batch.upto))
            # The job is known before its rows are on their way: whoever resumes here looks at it
            # first.
            with transaction.atomic():
                note_prepared(context, batch)
                self._advance()
            job = send_bulk.upload(context, self._sent[-1].job, file)
        self._sent[-1] = SentJob(job, batch.upto, is_closed=True)
        self._advance()

    def _pass_over(self, batch: Batch) -> None:
        """Note a batch of which nothing is to be sent."""
        if self._sent:
            self._sent[-1] = self._sent[-1]._replace(upto=batch.upto)
        else:
            self._after = batch.upto
        with transaction.atomic():
            note_prepared(self._context, batch)
            self._advance(is_progress=True)

    def _settle_oldest(self) -> bool:
        """Store what became of a job's rows; return False when none is on its way.

        Storing an outcome again changes nothing, so a crash between two parts of the result does
        no harm; the counters move once, with the checkpoint. Where a job came to no good end, the
        checkpoint stays before its rows.
        """
        if not self._sent:
            return False
        create = self._part.is_create
        job, failure = send_bulk.wait(self._context, self._sent[0].job)
        problem: Exception | None = failure
        settled = send_bulk.settle_successful(self._context, job, create=create)
        if isinstance(failure, BulkJobFailedError) and settled:
            problem = TransientError(
                failure.code,
                f"{failure.message} {settled:,} records were written before that; a new bulk job "
                "takes the others.",
            )
        else:
            try:
                for taken in self._look_at_refused(job):
                    settled += taken
            except (SchemaError, NotFoundError) as error:
                problem = problem or error
        self._leave_behind(self._sent.popleft(), problem)
        self._advance(is_progress=problem is None or bool(settled), **{self._part.counter: settled})
        self._problem = self._problem or find_reason_to_stop(self._context)
        return True

    def _leave_behind(self, sent: SentJob, problem: Exception | None) -> None:
        """Move behind a job's rows, or stay before them where they are to be sent again."""
        if problem is None:
            self._after = sent.upto
            return
        self._problem = self._problem or problem
        self._sent = deque(each._replace(upto=self._after) for each in self._sent)

    def _look_at_refused(self, job: BulkJob) -> Iterator[int]:
        """Note what became of refused rows; yield how many Salesforce took after all."""
        context, part = self._context, self._part
        situation = part.situate(context, self._fields)
        for refusals in send_bulk.read_refusals(context, job, create=part.is_create):
            outcomes = Outcomes(refusals=refusals)
            outcomes.add(look_again(situation, outcomes))
            if part.is_create and take_out_unstored(outcomes):
                self._problem = self._problem or StorageFullError()
            with transaction.atomic():
                taken = store_outcomes(context, outcomes)
                context.lease.hold()
            yield taken

    @transaction.atomic
    def _advance(self, **progress: Any) -> None:
        jobs = [[sent.job.id, str(sent.upto), sent.is_closed] for sent in self._sent]
        checkpoint = {"part": self._part.name, "after": str(self._after), "jobs": jobs}
        self._context.advance(checkpoint, **progress)
