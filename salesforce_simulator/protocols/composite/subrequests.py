"""The subrequests of a composite request: read from its body, run in order, answered together."""

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.protocols.composite.dispatch import Answer, Call, dispatch
from salesforce_simulator.protocols.composite.references import resolve
from salesforce_simulator.protocols.composite.transaction import one_transaction
from salesforce_simulator.transport.bodies import require_object
from salesforce_simulator.transport.errors import HttpError, rest_error

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
_REFERENCE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]*")
_FORBIDDEN_HEADERS = frozenset({"accept", "authorization", "content-type"})
_HALTED = "The transaction was rolled back since another operation in the same transaction failed."
COLLECTIONS = re.compile(r"/services/data/v[\d.]+/composite/sobjects(?:[/?]|$)")


@dataclass(frozen=True)
class Named:
    """A subrequest and the id by which others refer to its answer."""

    reference_id: str
    call: Call


class _RollBackError(Exception):
    """Leaves the transaction after a failure; ``position`` is that of the subrequest at fault."""

    def __init__(self, position: int, answer: Answer) -> None:
        super().__init__()
        self.position = position
        self.answer = answer


def read_subrequests(value: Any) -> list[Named]:
    """Read a ``compositeRequest`` list; raises JSON_PARSER_ERROR for what is none."""
    if not isinstance(value, list) or not value:
        raise _unreadable("compositeRequest must be a list of subrequests")
    named = [_read(require_object(item)) for item in value]
    seen: set[str] = set()
    for item in named:
        if item.reference_id in seen:
            raise _unreadable(f"Duplicate referenceId '{item.reference_id}' specified")
        seen.add(item.reference_id)
    return named


def _read(item: Mapping[str, Any]) -> Named:
    reference_id, method, url = (item.get(key) for key in ("referenceId", "method", "url"))
    if not isinstance(reference_id, str) or not _REFERENCE_ID.fullmatch(reference_id):
        raise _unreadable(
            f"Provided referenceId ('{reference_id}') must start with a letter or a number, and it"
            " can contain only letters, numbers and underscores ('_')."
        )
    if not isinstance(method, str) or method not in _METHODS:
        raise _unreadable(f"Unsupported HTTP method '{method}' in subrequest {reference_id}")
    if not isinstance(url, str) or not url.startswith("/services/data/v"):
        raise _unreadable(f"The url of subrequest {reference_id} must start with /services/data/v")
    return Named(reference_id, Call(method, url, item.get("body"), _headers(item)))


def _headers(item: Mapping[str, Any]) -> dict[str, str]:
    headers = item.get("httpHeaders") or {}
    if not isinstance(headers, dict) or not all(_is_header(*pair) for pair in headers.items()):
        raise _unreadable("httpHeaders must be an object of texts on one line")
    for name in headers:
        if name.lower() in _FORBIDDEN_HEADERS:
            raise _unreadable(f"The header {name} is not allowed in a subrequest")
    return headers


def _is_header(name: str, value: Any) -> bool:
    return isinstance(value, str) and not {"\r", "\n", "\0"} & {*name, *value}


def _unreadable(message: str) -> SalesforceError:
    return HttpError(400, "JSON_PARSER_ERROR", message)


async def run(
    request: web.Request, subrequests: Sequence[Named], *, all_or_none: bool
) -> tuple[list[dict[str, Any]], bool]:
    """Run subrequests in order; return their entries and whether all went well.

    Without ``all_or_none`` a failure stops only those that refer to it. With it, one failure undoes
    everything, and the others answer PROCESSING_HALTED.
    """
    if not all_or_none:
        answers = await _run_each(request, subrequests, None)
    else:
        try:
            async with one_transaction(request) as thread:
                answers = await _run_each(request, subrequests, thread)
        except _RollBackError as failure:
            halted = Answer(400, [rest_error(SalesforceError("PROCESSING_HALTED", _HALTED))], {})
            answers = [halted] * len(subrequests)
            answers[failure.position] = failure.answer
    entries = [_entry(item, answer) for item, answer in zip(subrequests, answers, strict=True)]
    return entries, not any(answer.failed for answer in answers)


async def _run_each(
    request: web.Request, subrequests: Sequence[Named], thread: Executor | None
) -> list[Answer]:
    answers: list[Answer] = []
    bodies: dict[str, Any] = {}
    for item in subrequests:
        answer = await _run_one(request, item, bodies, thread)
        if thread is not None and _undoes(item.call, answer):
            raise _RollBackError(len(answers), answer)
        answers.append(answer)
        if not answer.failed:
            bodies[item.reference_id] = answer.body
    return answers


async def _run_one(
    request: web.Request, item: Named, bodies: Mapping[str, Any], thread: Executor | None
) -> Answer:
    call = item.call
    try:
        body, headers = resolve(call.body, bodies), resolve(call.headers, bodies)
        url = str(resolve(call.url, bodies))
    except SalesforceError as error:
        return Answer(400, [rest_error(error)], {})
    if thread is not None and COLLECTIONS.match(url):
        # The outer flag counts for collections inside, whatever their own says.
        if isinstance(body, dict):
            body = {**body, "allOrNone": True}
        elif call.method == "DELETE":
            url += ("&" if "?" in url else "?") + "allOrNone=true"
    return await dispatch(request, Call(call.method, url, body, headers), thread)


def _undoes(call: Call, answer: Answer) -> bool:
    """Tell whether an answer ends an all-or-none request; a failed row of a collection does."""
    if answer.failed:
        return True
    rows = answer.body if isinstance(answer.body, list) and COLLECTIONS.match(call.url) else []
    return any(isinstance(row, dict) and row.get("success") is False for row in rows)


def _entry(item: Named, answer: Answer) -> dict[str, Any]:
    return {
        "body": answer.body,
        "httpHeaders": dict(answer.headers),
        "httpStatusCode": answer.status,
        "referenceId": item.reference_id,
    }
