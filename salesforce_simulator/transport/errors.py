"""From Salesforce's error codes to HTTP statuses and to the two shapes of REST error bodies."""

from collections.abc import Callable, Mapping, Sequence

from aiohttp import web

from salesforce_simulator.organisation.errors import DuplicateError, SalesforceError, not_found
from salesforce_simulator.transport.duplicates import duplicate_result, result_key
from salesforce_simulator.transport.replies import json_reply

_NEWEST_KNOWN = "60.0"
ErrorShape = Callable[[web.Request, SalesforceError], web.Response]
# By the beginning of a path, how the API behind it writes errors; the first that fits counts, and
# all others do as REST does.
ERROR_SHAPES: web.AppKey[Mapping[str, ErrorShape]] = web.AppKey("error_shapes")
_UNKNOWN_EXCEPTION = "UNKNOWN_EXCEPTION"

# In this order a refusal names them.
_METHODS = ("HEAD", "GET", "POST", "PUT", "PATCH", "DELETE")

_STATUS = {
    "INVALID_SESSION_ID": 401,
    "INVALID_AUTH_HEADER": 401,
    "REQUEST_LIMIT_EXCEEDED": 403,
    "API_DISABLED_FOR_ORG": 403,
    "API_CURRENTLY_DISABLED": 403,
    "FUNCTIONALITY_NOT_ENABLED": 403,
    "INSUFFICIENT_ACCESS": 403,
    "FORBIDDEN": 403,
    "NOT_FOUND": 404,
    "ENTITY_IS_DELETED": 404,
    "UNSUPPORTED_API_VERSION": 410,
    "UNSUPPORTED": 501,
    "SERVER_UNAVAILABLE": 503,
    _UNKNOWN_EXCEPTION: 500,
}


class HttpError(SalesforceError):
    """An error that knows its HTTP status because the code alone does not tell it."""

    def __init__(
        self, status: int, code: str, message: str, fields: Sequence[str] | None = None
    ) -> None:
        super().__init__(code, message, fields)
        self.status = status


def status_of(error: SalesforceError) -> int:
    """Return the HTTP status of an error; 400 for every code without a rule of its own."""
    if isinstance(error, HttpError):
        return error.status
    return _STATUS.get(error.code, 400)


def rest_error(error: SalesforceError) -> dict[str, object]:
    """Return one item of a REST error list: ``message``, ``errorCode`` and for some ``fields``."""
    body: dict[str, object] = {"message": error.message, "errorCode": error.code}
    if error.has_fields:
        body["fields"] = list(error.fields)
    return body


def rest_errors(error: SalesforceError, version: str) -> list[dict[str, object]]:
    """Return a REST error list: the error, and what else was wrong with the same record."""
    return [_with_result(item, version) for item in (error, *error.also)]


def _with_result(error: SalesforceError, version: str) -> dict[str, object]:
    if not isinstance(error, DuplicateError):
        return rest_error(error)
    body: dict[str, object] = {result_key(version): duplicate_result(error, version)}
    return {**body, "errorCode": error.code, "message": error.message}


def row_errors(error: SalesforceError) -> list[dict[str, object]]:
    """Return the errors of a collections row."""
    return [row_error(item) for item in (error, *error.also)]


def row_error(error: SalesforceError) -> dict[str, object]:
    """Return one error of a collections row: ``statusCode`` in place of ``errorCode``."""
    return {"statusCode": error.code, "message": error.message, "fields": list(error.fields)}


def error_reply(request: web.Request, error: SalesforceError) -> web.Response:
    """Return the REST reply for an error."""
    status = status_of(error)
    headers = {"WWW-Authenticate": "Token"} if status == web.HTTPUnauthorized.status_code else None
    body = rest_errors(error, request.match_info.get("version", _NEWEST_KNOWN))
    return json_reply(request, body, status=status, headers=headers)


def shaped_error(request: web.Request, error: SalesforceError) -> web.Response:
    """Return the reply for an error as the API behind the request's path writes it."""
    shapes = request.config_dict[ERROR_SHAPES]
    found = (shape for start, shape in shapes.items() if request.path.startswith(start))
    return next(found, error_reply)(request, error)


def from_http(request: web.Request, problem: web.HTTPException) -> SalesforceError:
    """Return Salesforce's error for one that the HTTP server itself has raised."""
    if isinstance(problem, web.HTTPMethodNotAllowed):
        allowed = ",".join(sorted(problem.allowed_methods, key=_METHODS.index))
        message = f"HTTP Method '{request.method}' not allowed. Allowed are {allowed}"
        return HttpError(problem.status, "METHOD_NOT_ALLOWED", message)
    if isinstance(problem, web.HTTPNotFound):
        return not_found()
    return HttpError(problem.status, _UNKNOWN_EXCEPTION, problem.reason)


def unexpected() -> SalesforceError:
    """Return what a client sees when the simulator itself has a bug; never a traceback."""
    message = "An unexpected error occurred. The request log of the organisation has the details."
    return SalesforceError(_UNKNOWN_EXCEPTION, message)
