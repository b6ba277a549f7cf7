"""Joins the protocols, the middleware and the organisation into one web application."""

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

from aiohttp import web

from salesforce_simulator.organisation.organisation import Organisation
from salesforce_simulator.protocols.analytics import definitions, instances, runs
from salesforce_simulator.protocols.analytics.worker import (
    REPORT_WORKER,
    ReportWorker,
    run_report_worker,
)
from salesforce_simulator.protocols.bulk import control as bulk_control
from salesforce_simulator.protocols.bulk.allotments import Allotments
from salesforce_simulator.protocols.bulk.context import ALLOTMENTS, STORE, WORKER
from salesforce_simulator.protocols.bulk.store import JobStore
from salesforce_simulator.protocols.bulk.worker import Worker
from salesforce_simulator.protocols.bulk1 import batch_requests as classic_batches
from salesforce_simulator.protocols.bulk1 import job_requests as classic_jobs
from salesforce_simulator.protocols.bulk1.replies import error_reply as classic_error_reply
from salesforce_simulator.protocols.bulk2 import ingest_requests, query_requests
from salesforce_simulator.protocols.composite import batch, composite, graph, tree
from salesforce_simulator.protocols.gate import add_date, add_limit_info, data_gate
from salesforce_simulator.protocols.metadata import rest as metadata_rest
from salesforce_simulator.protocols.metadata import soap as metadata_soap
from salesforce_simulator.protocols.metadata import tooling
from salesforce_simulator.protocols.method_override import override_method
from salesforce_simulator.protocols.oauth import (
    authorize,
    canvas,
    canvas_control,
    discovery,
    forms,
    identity,
    token,
    userinfo,
)
from salesforce_simulator.protocols.rest import (
    collections,
    describes,
    layouts,
    limits,
    query,
    recent,
    records,
    replication,
    resources,
    search,
)
from salesforce_simulator.protocols.rest.conditional import AGES, Ages
from salesforce_simulator.protocols.rest.locators import Locators
from salesforce_simulator.protocols.soap import partner
from salesforce_simulator.protocols.tooling import requests as tooling_requests
from salesforce_simulator.transport import control, control_access, control_apps, control_data
from salesforce_simulator.transport.bodies import MAXIMUM_BODY_BYTES
from salesforce_simulator.transport.broken_sockets import close_after_spoiling
from salesforce_simulator.transport.call_log import CALLS, CallLog, Handler, log_calls
from salesforce_simulator.transport.context import (
    METERS,
    ORGANISATION,
    THREADS,
    USAGE,
    Meters,
)
from salesforce_simulator.transport.errors import ERROR_SHAPES
from salesforce_simulator.transport.fault_rules import FaultScript
from salesforce_simulator.transport.faults import (
    CONTROLS,
    FAULTS,
    break_calls,
    set_faults,
)
from salesforce_simulator.transport.middleware import (
    compress,
    error_bodies,
    packed_bodies,
    short_uris,
)
from salesforce_simulator.transport.usage import ApiUsage, daily_calls

_THREADS = 8

# From the outside in, behind the call log.
_MIDDLEWARES = (
    packed_bodies,
    error_bodies,
    short_uris,
    compress,
    data_gate,
    override_method,
)

# The order matters: fixed names such as ``describe`` come before ``{id}``.
_MODULES = (
    resources,
    discovery,
    authorize,
    token,
    userinfo,
    identity,
    canvas,
    describes,
    layouts,
    replication,
    records,
    collections,
    composite,
    batch,
    graph,
    tree,
    query,
    search,
    limits,
    recent,
    definitions,
    runs,
    instances,
    query_requests,
    ingest_requests,
    classic_batches,
    classic_jobs,
    partner,
    metadata_soap,
    metadata_rest,
    tooling,
    tooling_requests,
)

_CONTROL_MODULES = (
    control,
    control_access,
    control_apps,
    control_data,
    bulk_control,
    canvas_control,
)


def build(
    organisation: Organisation,
    directory: Path,
    *,
    with_control: bool,
    faults: FaultScript | None = None,
) -> web.Application:
    """Return the application; its jobs lie in ``directory``, ``faults`` break it from the start.

    Raises FaultScriptError when the script asks for a control call that does not exist.
    """
    breaking = [break_calls] if with_control or faults else []
    app = web.Application(
        middlewares=[log_calls, *breaking, *_MIDDLEWARES], client_max_size=MAXIMUM_BODY_BYTES
    )
    _share(app, organisation, directory)
    if faults is not None:
        set_faults(app, faults)
    for module in (*_MODULES, *(_CONTROL_MODULES if with_control else ())):
        app.add_routes(module.routes())
    app.on_response_prepare.append(add_date)
    app.on_response_prepare.append(add_limit_info)
    app.on_response_prepare.append(close_after_spoiling)
    app.cleanup_ctx.append(_run_worker)
    app.cleanup_ctx.append(run_report_worker)
    return app


def _share(app: web.Application, organisation: Organisation, directory: Path) -> None:
    """Put what handlers share into the application."""
    store = JobStore(directory / "bulk", organisation.now)
    allotments = Allotments(organisation.now)
    app[ORGANISATION] = organisation
    app[THREADS] = ThreadPoolExecutor(_THREADS, thread_name_prefix="call")
    app[USAGE] = ApiUsage(daily_calls(organisation.edition), organisation.now)
    app[METERS] = Meters()
    app[CALLS] = CallLog()
    app[FAULTS] = FaultScript()
    app[ERROR_SHAPES] = {
        "/services/Soap/m/": metadata_soap.fault_reply,
        "/services/Soap/": partner.fault_reply,
        "/services/async/": classic_error_reply,
        "/services/oauth2/": forms.error_reply,
    }
    app[CONTROLS] = controls()
    app[query.LOCATORS] = Locators()
    app[AGES] = Ages(organisation.now)
    app[STORE] = store
    app[ALLOTMENTS] = allotments
    app[METERS].by_name |= allotments.meters()
    app[WORKER] = Worker(organisation, store, allotments)
    app[REPORT_WORKER] = ReportWorker(organisation)


def controls() -> dict[str, Handler]:
    """Return what a POST to each path of the control endpoint does, by the path's last part."""
    return {
        route.path.removeprefix(control.PREFIX): cast("Handler", route.handler)
        for module in _CONTROL_MODULES
        for route in module.routes()
        if route.method == "POST"
    }


async def _run_worker(app: web.Application) -> AsyncIterator[None]:
    app[WORKER].start()
    app[ORGANISATION].metadata.start()
    yield
    app[WORKER].stop()
    app[THREADS].shutdown()
