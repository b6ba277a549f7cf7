"""The thread that runs reports in the background."""

import logging
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

from aiohttp import web

from salesforce_simulator.organisation.organisation import Organisation

_log = logging.getLogger(__name__)


class ReportWorker:
    """Processes report instances one after the other, in the order of their requests."""

    def __init__(self, organisation: Organisation) -> None:
        self._instances = organisation.reports.instances
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="report")

    def start(self) -> None:
        """Take up what an earlier process left undone."""
        for instance_id in self._instances.unfinished():
            self.submit(instance_id)

    def submit(self, instance_id: str) -> None:
        """Process an instance as soon as those before it are done."""
        self._thread.submit(self._run, instance_id)

    def stop(self) -> None:
        """End after the run under way; what waits is taken up by the next start."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _run(self, instance_id: str) -> None:
        try:
            self._instances.process(instance_id)
        except Exception:  # noqa: BLE001 - a bug ends the run, not the thread
            _log.exception("report instance %s failed", instance_id)
            self._instances.fail(instance_id, "UNKNOWN_EXCEPTION", "An unexpected error occurred")


REPORT_WORKER = web.AppKey("report_worker", ReportWorker)


async def run_report_worker(app: web.Application) -> AsyncIterator[None]:
    """Start the application's worker and stop it at the end."""
    app[REPORT_WORKER].start()
    yield
    app[REPORT_WORKER].stop()
