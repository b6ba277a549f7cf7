"""Jobs and batches as the first Bulk API shows them."""

from collections.abc import Sequence
from typing import Any

from salesforce_simulator.protocols.bulk.job import Job, State

_STATES = {
    State.UPLOAD_COMPLETE: "Queued",
    State.IN_PROGRESS: "InProgress",
    State.JOB_COMPLETE: "Completed",
    State.FAILED: "Failed",
    State.ABORTED: "NotProcessed",
}


def job_info(job: Job, batches: Sequence[Job], *, is_json: bool) -> dict[str, Any]:
    """Return a job with the sums of its batches."""
    states = [batch.state for batch in batches]
    spent = sum(batch.processing_milliseconds for batch in batches)
    return {
        "id": job.id,
        "operation": job.operation,
        "object": job.sobject_type,
        "createdById": job.created_by_id,
        "createdDate": _time(job.created_date, is_json=is_json),
        "systemModstamp": _time(job.system_modstamp, is_json=is_json),
        "state": job.state,
        "externalIdFieldName": job.external_id_field,
        "concurrencyMode": job.concurrency_mode,
        "contentType": job.content_type,
        "assignmentRuleId": job.assignment_rule_id,
        "numberBatchesQueued": states.count(State.UPLOAD_COMPLETE),
        "numberBatchesInProgress": states.count(State.IN_PROGRESS),
        "numberBatchesCompleted": states.count(State.JOB_COMPLETE),
        "numberBatchesFailed": states.count(State.FAILED),
        "numberBatchesTotal": len(states),
        "numberRecordsProcessed": sum(batch.records_processed for batch in batches),
        "numberRetries": 0,
        "apiVersion": float(job.api_version),
        "numberRecordsFailed": sum(batch.records_failed for batch in batches),
        "totalProcessingTime": spent,
        "apiActiveProcessingTime": spent,
        "apexProcessingTime": 0,
    }


def batch_info(batch: Job, *, is_json: bool) -> dict[str, Any]:
    """Return a batch; ``stateMessage`` tells why it failed."""
    return {
        "id": batch.id,
        "jobId": batch.parent_id,
        "state": _STATES[batch.state],
        "stateMessage": batch.error_message,
        "createdDate": _time(batch.created_date, is_json=is_json),
        "systemModstamp": _time(batch.system_modstamp, is_json=is_json),
        "numberRecordsProcessed": batch.records_processed,
        "numberRecordsFailed": batch.records_failed,
        "totalProcessingTime": batch.processing_milliseconds,
        "apiActiveProcessingTime": batch.processing_milliseconds,
        "apexProcessingTime": 0,
    }


def _time(stamp: str, *, is_json: bool) -> str:
    """Return a time as this API writes it: XML ends it in ``Z``, JSON as REST does."""
    return stamp if is_json else f"{stamp.removesuffix('+0000')}Z"
