"""A Bulk API 2.0 job: what it is to do, how far it is, and how the API shows it."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """States of a job, in Salesforce's words."""

    OPEN = "Open"
    UPLOAD_COMPLETE = "UploadComplete"
    IN_PROGRESS = "InProgress"
    JOB_COMPLETE = "JobComplete"
    FAILED = "Failed"
    ABORTED = "Aborted"


TERMINAL = frozenset({State.JOB_COMPLETE, State.FAILED, State.ABORTED})
UNFINISHED = frozenset({State.UPLOAD_COMPLETE, State.IN_PROGRESS})
QUERY_OPERATIONS = frozenset({"query", "queryAll"})


class Delimiter(StrEnum):
    """Column delimiters by their name in the API."""

    BACKQUOTE = "`"
    CARET = "^"
    COMMA = ","
    PIPE = "|"
    SEMICOLON = ";"
    TAB = "\t"


class LineEnding(StrEnum):
    """Line endings by their name in the API."""

    LF = "\n"
    CRLF = "\r\n"


@dataclass(frozen=True)
class Job:
    """One job; a change of state is a new value, kept by the store.

    ``created_date`` and ``system_modstamp`` are texts as the API shows them; times are in
    milliseconds. ``column_delimiter`` and ``line_ending`` hold the API's names.
    """

    id: str
    operation: str
    sobject_type: str
    created_by_id: str
    created_date: str
    system_modstamp: str
    api_version: str
    state: State
    line_ending: str = "LF"
    column_delimiter: str = "COMMA"
    query: str = ""
    external_id_field: str | None = None
    is_uploaded: bool = False
    records_processed: int = 0
    records_failed: int = 0
    processing_milliseconds: int = 0
    error_message: str | None = None

    @property
    def is_query(self) -> bool:
        """Tell whether the job reads."""
        return self.operation in QUERY_OPERATIONS

    @property
    def delimiter(self) -> str:
        """The character between two cells."""
        return Delimiter[self.column_delimiter].value

    @property
    def newline(self) -> str:
        """The characters after a row."""
        return LineEnding[self.line_ending].value

    def summary(self) -> dict[str, object]:
        """Return the short body that closing or aborting an ingest job answers with."""
        body: dict[str, object] = {
            "id": self.id,
            "operation": self.operation,
            "object": self.sobject_type,
            "createdById": self.created_by_id,
            "createdDate": self.created_date,
            "systemModstamp": self.system_modstamp,
            "state": self.state,
            "concurrencyMode": "Parallel",
            "contentType": "CSV",
            "apiVersion": float(self.api_version),
        }
        if self.external_id_field:
            body["externalIdFieldName"] = self.external_id_field
        return body

    def created(self) -> dict[str, object]:
        """Return the body that creating the job answers with: neither job type nor counts."""
        return {**self.summary(), **self._content_url(), **self._format()}

    def info(self) -> dict[str, object]:
        """Return the body of GET on the job."""
        kind = "V2Query" if self.is_query else "V2Ingest"
        body = {**self.summary(), "jobType": kind, **self._content_url(), **self._format()}
        if self.is_query or self.is_uploaded or self.state is not State.OPEN:
            body["numberRecordsProcessed"] = self.records_processed
            if not self.is_query:
                body["numberRecordsFailed"] = self.records_failed
        body |= {"retries": 0, "totalProcessingTime": self.processing_milliseconds}
        if self.is_query:
            body["isPkChunkingSupported"] = False
        else:
            body["apiActiveProcessingTime"] = self.processing_milliseconds
            body["apexProcessingTime"] = 0
        if self.error_message:
            body["errorMessage"] = self.error_message
        return body

    def _content_url(self) -> dict[str, object]:
        # Relative and without a slash at its start, and gone once the job is closed.
        if self.is_query or self.state is not State.OPEN:
            return {}
        return {"contentUrl": f"services/data/v{self.api_version}/jobs/ingest/{self.id}/batches"}

    def _format(self) -> dict[str, object]:
        return {"lineEnding": self.line_ending, "columnDelimiter": self.column_delimiter}
