"""A job of the Bulk APIs, or a batch of the first one: what it is to do and how far it is."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class State(StrEnum):
    """States of a job, in the words of Bulk API 2.0; ``Closed`` is the first API's alone."""

    OPEN = "Open"
    CLOSED = "Closed"
    UPLOAD_COMPLETE = "UploadComplete"
    IN_PROGRESS = "InProgress"
    JOB_COMPLETE = "JobComplete"
    FAILED = "Failed"
    ABORTED = "Aborted"


TERMINAL = frozenset({State.JOB_COMPLETE, State.FAILED, State.ABORTED})
UNFINISHED = frozenset({State.UPLOAD_COMPLETE, State.IN_PROGRESS})
QUERY_OPERATIONS = frozenset({"query", "queryAll"})
INGEST_OPERATIONS = frozenset({"insert", "update", "upsert", "delete", "hardDelete"})
KEPT = timedelta(days=7)
SERIAL = "Serial"


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


class ContentType(StrEnum):
    """Forms of records; Bulk API 2.0 knows CSV alone."""

    CSV = "CSV"
    JSON = "JSON"
    XML = "XML"


@dataclass(frozen=True)
class Job:
    """One job or batch; a change of state is a new value, kept by the store.

    ``created_date`` and ``system_modstamp`` are texts as the API shows them; times are in
    milliseconds. ``column_delimiter`` and ``line_ending`` hold the API's names. A job of the first
    API ``is_classic``; its batches have its id as ``parent_id``. ``chunk_rows`` is the size of the
    chunks that a classic query is cut into, None when it is not.
    """

    id: str
    operation: str
    sobject_type: str
    created_by_id: str
    created_date: str
    system_modstamp: str
    api_version: str
    state: State
    line_ending: str = LineEnding.LF.name
    column_delimiter: str = Delimiter.COMMA.name
    query: str = ""
    external_id_field: str | None = None
    assignment_rule_id: str | None = None
    is_uploaded: bool = False
    records_processed: int = 0
    records_failed: int = 0
    processing_milliseconds: int = 0
    error_message: str | None = None
    is_classic: bool = False
    parent_id: str | None = None
    content_type: str = ContentType.CSV
    concurrency_mode: str = "Parallel"
    chunk_rows: int | None = None
    first_row: str | None = None

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

    def ended_before(self, stamp: str) -> bool:
        """Tell whether the job ended before a moment, given as jobs show it."""
        return self.state in TERMINAL and self.system_modstamp < stamp


def to_stamp(moment: datetime) -> str:
    """Return a moment in UTC as jobs show it; these texts sort by time."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000+0000")
