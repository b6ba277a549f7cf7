"""An answer in Salesforce's place to everything that would write: for a dry run.

A client with a stand-in reads from the organisation as ever. A write never leaves this machine:
it is answered as an organisation answers that takes every row, so that what comes after it runs
unchanged. A new record gets a provisional id. Whatever might write and has no answer here raises
UnansweredWriteError: what is not known is not sent.
"""

import io
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote

import orjson
import requests

from connectors.salesforce.ids import normalise_id
from connectors.salesforce.provisional_ids import ProvisionalIds, provisional_id
from connectors.salesforce.stand_in_jobs import IngestJob
from connectors.salesforce.version import API_VERSION

_BASE = f"/services/data/v{API_VERSION}/"
_READS = frozenset({"GET", "HEAD"})
# A query job and a report's run are begun by POST, and write no record.
_READING_PATHS = ("jobs/query", "analytics/reports/")
_CSV_NULL = "#N/A"
_JOBS, _COLLECTION = "jobs/ingest", "composite/sobjects"


class UnansweredWriteError(RuntimeError):
    """A request that might write, and that a stand-in cannot answer; it was not sent."""


class Write(NamedTuple):
    """One record as it would have been written; `key` is its id, or its external id."""

    key: str
    values: Mapping[str, Any]


class WriteStandIn:
    """Answers writes, and remembers how many there were and the first of each sort.

    `calls` counts the API calls that they would have cost, `bulk_jobs` the Bulk API jobs among
    them. `written` counts records by (operation, object), of which `samples` has at most
    `samples_kept` each. `addresses` has, by object and record id, the e-mail address that a
    record would have by now where it was written, None for a blank one.
    """

    def __init__(self, *, samples_kept: int) -> None:
        self.calls = 0
        self.bulk_jobs = 0
        self.written: Counter[tuple[str, str]] = Counter()
        self.samples: dict[tuple[str, str], list[Write]] = {}
        self.addresses: defaultdict[str, dict[str, str | None]] = defaultdict(dict)
        self._samples_kept = samples_kept
        self._jobs: dict[str, IngestJob] = {}
        self._ids = ProvisionalIds()

    def answer(self, method: str, url_path: str, data: Any) -> requests.Response | None:
        """Return the answer to a write; None for a read, which the organisation answers."""
        path, _, query = url_path.removeprefix(_BASE).partition("?")
        job, part = self._find_job(path)
        if job is not None:
            response = self._answer_for_job(job, method, part, data)
        elif method in _READS or path.startswith(_READING_PATHS):
            return None
        elif (method, path) == ("POST", _JOBS):
            response = self._start_job(orjson.loads(data))
        elif path == _COLLECTION and method == "DELETE":
            response = _json(self._delete(parse_qs(query)["ids"][0].split(",")))
        elif path == _COLLECTION or path.startswith(f"{_COLLECTION}/"):
            response = _json(self._write(method, path, orjson.loads(data)["records"]))
        else:
            raise UnansweredWriteError(f"A dry run cannot tell what comes of {method} {path}.")
        self.calls += 1
        return response

    def _find_job(self, path: str) -> tuple[IngestJob | None, str]:
        if not path.startswith(f"{_JOBS}/"):
            return None, ""
        job_id, _, part = path.removeprefix(f"{_JOBS}/").partition("/")
        return self._jobs.get(normalise_id(job_id)), part

    def _start_job(self, body: Mapping[str, Any]) -> requests.Response:
        job_id = provisional_id(self._ids.take(1))
        job = self._jobs[job_id] = IngestJob(job_id, body, self._ids)
        self.bulk_jobs += 1
        return _json(job.describe())

    def _answer_for_job(
        self, job: IngestJob, method: str, part: str, data: Any
    ) -> requests.Response:
        if method == "PUT":
            for key, values in job.receive(data):
                self._note(job.operation, job.sobject_type, key, values)
            return _answer(b"", status=HTTPStatus.CREATED)
        if method == "DELETE":
            del self._jobs[job.id]
            return _answer(b"", status=HTTPStatus.NO_CONTENT)
        if method == "PATCH":
            job.move_to(orjson.loads(data)["state"])
        return _stream(job.results(part)) if part else _json(job.describe())

    def _delete(self, record_ids: Sequence[str]) -> list[dict[str, Any]]:
        for record_id in record_ids:
            self._note("delete", "", record_id, {})
        return [_success(record_id, created=False) for record_id in record_ids]

    def _write(
        self, method: str, path: str, records: Sequence[Mapping[str, Any]]
    ) -> list[dict[str, Any]]:
        *_, key_field = path.removeprefix(_COLLECTION).split("/")
        key_field = unquote(key_field) or "Id"
        operation = "insert" if method == "POST" else "update" if key_field == "Id" else "upsert"
        is_new = operation != "update"
        first = self._ids.take(len(records) if is_new else 0)
        rows = []
        for number, record in enumerate(records, first):
            sobject_type = record["attributes"]["type"]
            values = {k: v for k, v in record.items() if k not in ("attributes", key_field)}
            key = str(record.get(key_field) or "")
            self._note(operation, sobject_type, key, values)
            new_id = provisional_id(number, sobject_type)
            rows.append(_success(new_id if is_new else key, created=is_new))
        return rows

    def _note(self, operation: str, sobject_type: str, key: str, values: Mapping[str, Any]) -> None:
        sort = (operation, sobject_type)
        self.written[sort] += 1
        if operation == "update" and "Email" in values:
            address = values["Email"]
            self.addresses[sobject_type][key] = None if address == _CSV_NULL else address
        kept = self.samples.setdefault(sort, [])
        if len(kept) < self._samples_kept:
            kept.append(Write(key, values))


def _success(record_id: str, *, created: bool) -> dict[str, Any]:
    return {"id": record_id, "success": True, "created": created, "errors": []}


def _answer(body: bytes, *, status: int = HTTPStatus.OK, kind: str = "") -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response.raw = io.BytesIO(body)
    response.headers["Content-Type"] = kind
    return response


def _json(body: object) -> requests.Response:
    return _answer(orjson.dumps(body), kind="application/json")


def _stream(chunks: Iterator[bytes]) -> requests.Response:
    response = _answer(b"", kind="text/csv")
    response.raw = _Chunks(chunks)
    return response


class _Chunks:
    """What requests reads a body from that is made while it is read."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks

    def stream(self, _amount: int, decode_content: bool = True) -> Iterator[bytes]:  # noqa: ARG002 - as requests calls it
        """Yield the pieces as they are."""
        yield from self._chunks

    def release_conn(self) -> None:
        """There is no connection."""

    def close(self) -> None:
        """There is no connection."""
