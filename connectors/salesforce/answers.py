"""Reading HTTP answers: usage, errors in their several shapes, and what is not Salesforce's."""

import re
from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import requests

from connectors.salesforce.error_rules import code_of_status, error_from_code
from connectors.salesforce.errors import (
    DuplicateError,
    IncompleteBodyError,
    ProtocolError,
    SalesforceError,
    UnexpectedRedirectError,
)
from connectors.salesforce.ids import normalise_id
from connectors.salesforce.json_body import parse_json
from connectors.salesforce.network import ApiCall

_USAGE = re.compile(r"(?:^|[;,\s])api-usage=(\d+)/(\d+)", re.ASCII)
_DATA_TYPES = frozenset({"application/json", "text/csv", "text/xml", "application/xml"})
_LONGEST_TEXT = 500


def api_call(response: requests.Response) -> ApiCall:
    """Return what the answer says about the organisation's daily calls and its time."""
    match = _USAGE.search(response.headers.get("Sforce-Limit-Info", ""))
    used, maximum = (int(match[1]), int(match[2])) if match else (None, None)
    method, moment = response.request.method or "", _date(response)
    return ApiCall(method, response.status_code, used, maximum, moment)


def _date(response: requests.Response) -> datetime | None:
    try:
        moment = parsedate_to_datetime(response.headers.get("Date", ""))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def content_type(response: requests.Response) -> str:
    """Return the media type in lower case, without parameters."""
    return response.headers.get("Content-Type", "").partition(";")[0].strip().lower()


def check_answer(response: requests.Response, *, streamed: bool) -> None:
    """Raise for an answer that is an error, or that does not come from Salesforce.

    A streamed body is left unread; its reader notices a cut.
    """
    status = response.status_code
    if status != HTTPStatus.MULTIPLE_CHOICES and response.is_redirect:
        target = response.headers.get("Location", "")[:100]
        raise UnexpectedRedirectError(
            "UNEXPECTED_REDIRECT", f"Sent on to {target!r}.", status=status
        )
    if status >= HTTPStatus.MULTIPLE_CHOICES:
        raise error_of(response)
    if not streamed and not response.content:
        return
    kind = content_type(response)
    if kind not in _DATA_TYPES:
        raise ProtocolError(
            "UNEXPECTED_CONTENT",
            f"Data was expected and {kind or 'nothing named'} came.",
            status=status,
        )
    if kind == "application/json" and not streamed:
        parse_json(response.content)


def error_of(response: requests.Response) -> SalesforceError:
    """Build our error from an answer whose status says that the call failed."""
    status = response.status_code
    codes = _errors_in(response)
    code, message, fields = (
        codes[0] if codes else (code_of_status(status), _plain_text(response), ())
    )
    if len(codes) > 1:
        message = "; ".join(text for _, text, _ in codes)
        fields = tuple(name for _, _, names in codes for name in names)
    error = error_from_code(code, message, fields=fields, status=status)
    if isinstance(error, DuplicateError):
        error.matches = tuple(_matches_in(response))
    if type(error) is SalesforceError and not codes:
        error = ProtocolError(code, message, status=status)
    error.retry_after_seconds = _retry_after_seconds(response)
    return error


def _errors_in(response: requests.Response) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return (code, message, fields) of each error that a JSON body lists."""
    return [found for item in _items_in(response) if (found := _error_in(item))]


def _items_in(response: requests.Response) -> list[dict[str, Any]]:
    """Return the objects of a JSON body, none where it is something else."""
    if content_type(response) != "application/json":
        return []
    try:
        body: Any = parse_json(response.content)
    except IncompleteBodyError:
        return []
    items = body if isinstance(body, list) else [body]
    return [item for item in items if isinstance(item, dict)]


def _matches_in(response: requests.Response) -> Iterator[tuple[str, str]]:
    """Yield object and id of each record that a duplicate rule found.

    Salesforce has misspelt the key in some versions.
    """
    for item in _items_in(response):
        result = item.get("duplicateResult") or item.get("duplicateResut") or {}
        for matched in result.get("matchResults") or ():
            for match in matched.get("matchRecords") or ():
                yield str(matched.get("entityType", "")), normalise_id(match["record"]["Id"])


def _error_in(item: dict[str, Any]) -> tuple[str, str, tuple[str, ...]] | None:
    code = item.get("errorCode") or item.get("statusCode")
    if not isinstance(code, str):
        return None
    fields = item.get("fields") or ()
    return code, str(item.get("message", "")), tuple(str(name) for name in fields)


def _plain_text(response: requests.Response) -> str:
    """Words for an answer without a code; a proxy's HTML is nothing to show to anyone."""
    if content_type(response) == "text/plain" and response.content:
        return response.text[:_LONGEST_TEXT]
    return f"HTTP {response.status_code} {response.reason or ''}".strip()


def _retry_after_seconds(response: requests.Response) -> float | None:
    value = response.headers.get("Retry-After", "")
    return float(value) if value.isascii() and value.isdigit() else None
