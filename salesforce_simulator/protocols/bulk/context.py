"""What requests of both Bulk APIs reach through the application."""

from aiohttp import web

from salesforce_simulator.protocols.bulk.allotments import Allotments
from salesforce_simulator.protocols.bulk.store import JobStore
from salesforce_simulator.protocols.bulk.worker import Worker

STORE = web.AppKey("bulk_store", JobStore)
WORKER = web.AppKey("bulk_worker", Worker)
ALLOTMENTS = web.AppKey("bulk_allotments", Allotments)


def store(request: web.Request) -> JobStore:
    """Return the jobs of this server."""
    return request.config_dict[STORE]


def worker(request: web.Request) -> Worker:
    """Return what processes the jobs."""
    return request.config_dict[WORKER]


def allotments(request: web.Request) -> Allotments:
    """Return what is left of the day's batches and query jobs."""
    return request.config_dict[ALLOTMENTS]
