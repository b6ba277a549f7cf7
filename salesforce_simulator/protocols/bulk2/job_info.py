"""A job as Bulk API 2.0 shows it."""

from salesforce_simulator.protocols.bulk.job import Job, State


def summary(job: Job) -> dict[str, object]:
    """Return the short body that closing or aborting an ingest job answers with."""
    body: dict[str, object] = {
        "id": job.id,
        "operation": job.operation,
        "object": job.sobject_type,
        "createdById": job.created_by_id,
        "createdDate": job.created_date,
        "systemModstamp": job.system_modstamp,
        "state": job.state,
        "concurrencyMode": job.concurrency_mode,
        "contentType": job.content_type,
        "apiVersion": float(job.api_version),
    }
    if job.external_id_field:
        body["externalIdFieldName"] = job.external_id_field
    if job.assignment_rule_id:
        body["assignmentRuleId"] = job.assignment_rule_id
    return body


def created(job: Job) -> dict[str, object]:
    """Return the body that creating a job answers with: neither job type nor counts."""
    return {**summary(job), **_content_url(job), **_format(job)}


def info(job: Job) -> dict[str, object]:
    """Return the body of GET on a job, and its entry in a list."""
    if job.is_classic:
        return {**summary(job), "jobType": job_type(job)}
    body = {**summary(job), "jobType": job_type(job), **_content_url(job), **_format(job)}
    if job.is_query or job.is_uploaded or job.state is not State.OPEN:
        body["numberRecordsProcessed"] = job.records_processed
        if not job.is_query:
            body["numberRecordsFailed"] = job.records_failed
    body |= {"retries": 0, "totalProcessingTime": job.processing_milliseconds}
    if job.is_query:
        body["isPkChunkingSupported"] = False
    else:
        body["apiActiveProcessingTime"] = job.processing_milliseconds
        body["apexProcessingTime"] = 0
    if job.error_message:
        body["errorMessage"] = job.error_message
    return body


def job_type(job: Job) -> str:
    """Return V2Query, V2Ingest, or Classic for a job of the first Bulk API."""
    if job.is_classic:
        return "Classic"
    return "V2Query" if job.is_query else "V2Ingest"


def _content_url(job: Job) -> dict[str, object]:
    # Relative and without a slash at its start, and gone once the job is closed.
    if job.is_query or job.state is not State.OPEN:
        return {}
    return {"contentUrl": f"services/data/v{job.api_version}/jobs/ingest/{job.id}/batches"}


def _format(job: Job) -> dict[str, object]:
    return {"lineEnding": job.line_ending, "columnDelimiter": job.column_delimiter}
