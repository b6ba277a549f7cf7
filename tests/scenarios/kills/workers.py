"""The test's side of the zygote: worker processes that are started, stopped and killed."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading

from tests.scenarios.worker import ROOT, worker_environment

LEASE_SECONDS = 0.4
LIMIT_SECONDS = 60


class Workers:
    """Starts workers on the test's database; every one of them is ended with the block.

    `manner` is how they work where it is not the common way; see the zygote.
    """

    def __init__(self, org, log):
        environment = worker_environment(
            org, SYNC_LEASE_SECONDS=str(LEASE_SECONDS), SYNC_PAGE_ROWS="5"
        )
        self.manner = {}
        self._log = log.open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.scenarios.kills.zygote"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            bufsize=1,
        )
        self._started = queue.Queue()
        self._ended = {}
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for pid, ended in self._ended.items():
            if not ended.is_set():
                os.kill(pid, signal.SIGKILL)
        self.process.stdin.close()
        self.process.wait(timeout=LIMIT_SECONDS)
        self.process.stdout.close()
        self._log.close()

    def _listen(self):
        for line in self.process.stdout:
            event, pid = line.split()
            if event == "started":
                self._ended[int(pid)] = threading.Event()
                self._started.put(int(pid))
            else:
                self._ended[int(pid)].set()

    def start(self, run, **manner):
        """Fork a worker that does a run; return its process id."""
        task = {"run": run.pk, **self.manner, **manner}
        self.process.stdin.write(json.dumps(task) + "\n")
        return self._started.get(timeout=LIMIT_SECONDS)

    def has_ended(self, pid, within=0.0):
        """Wait so many seconds for a worker to end; tell whether it did."""
        return self._ended[pid].wait(within)

    def wait(self, pid):
        """Wait until a worker has ended by itself."""
        assert self.has_ended(pid, LIMIT_SECONDS), f"worker {pid} does not end"

    def send(self, pid, number):
        """Send a worker a signal, unless it has ended."""
        if not self.has_ended(pid):
            os.kill(pid, number)

    def kill(self, pid):
        """Kill a worker as the kernel does, unless it has ended; wait until it is gone."""
        self.send(pid, signal.SIGKILL)
        self.wait(pid)
