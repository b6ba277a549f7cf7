"""The part of the control endpoint that is about the Bulk APIs."""

from aiohttp import web

from salesforce_simulator.protocols.bulk.context import allotments, worker
from salesforce_simulator.transport.bodies import read_object
from salesforce_simulator.transport.control import PREFIX
from salesforce_simulator.transport.replies import no_content

_MESSAGE = "InternalServerError : The batch could not be processed and is not retried"


async def fail_batch(request: web.Request) -> web.Response:
    """POST ``{"nth": n, "message": text}``: that batch or query to come fails; 0: none."""
    data = await read_object(request)
    worker(request).faults.set(nth=int(data["nth"]), message=str(data.get("message", _MESSAGE)))
    return no_content()


async def set_longest_result(request: web.Request) -> web.Response:
    """POST ``{"records": n}``: a query that finds more does not get through; 0: all do."""
    worker(request).faults.longest_result = int((await read_object(request))["records"])
    return no_content()


async def hold_jobs(request: web.Request) -> web.Response:
    """POST ``{"held": true}`` lets every closed job and every batch wait, false lets them begin."""
    data = await read_object(request)
    worker(request).hold(held=bool(data["held"]))
    return no_content()


async def set_batch_rows(request: web.Request) -> web.Response:
    """POST ``{"rows": n}``: batches of so many rows, so that a small job has several of them."""
    worker(request).batch_rows = int((await read_object(request))["rows"])
    return no_content()


async def set_allotments(request: web.Request) -> web.Response:
    """POST ``{"batches": {"used": n, "maximum": m}, "query_jobs": {...}}``, either or both."""
    data = await read_object(request)
    usages = {"batches": allotments(request).batches, "query_jobs": allotments(request).query_jobs}
    for name, value in data.items():
        usages[name].set(used=int(value["used"]), maximum=int(value["maximum"]))
    return no_content()


def routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    return [
        web.post(f"{PREFIX}bulk/failing-batch", fail_batch),
        web.post(f"{PREFIX}bulk/longest-result", set_longest_result),
        web.post(f"{PREFIX}bulk/hold", hold_jobs),
        web.post(f"{PREFIX}bulk/batch-rows", set_batch_rows),
        web.post(f"{PREFIX}bulk/allotments", set_allotments),
    ]
