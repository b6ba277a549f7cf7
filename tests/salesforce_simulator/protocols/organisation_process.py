"""The organisation as a real process, and clients that talk to it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import requests
from simple_salesforce import Salesforce, SalesforceLogin

_ROOT = Path(__file__).resolve().parents[3]


class OrganisationProcess:
    """``python -m salesforce_simulator`` on a free port."""

    def __init__(self, directory, *arguments):
        command = [sys.executable, "-m", "salesforce_simulator", "--port", "0"]
        self.process = subprocess.Popen(
            [*command, "--data", str(directory), *arguments],
            cwd=_ROOT,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )
        line = self.process.stdout.readline()
        self.ready = json.loads(line) if line else {}
        self.url = self.ready.get("url", "")

    def stop(self):
        """End the process as an operator does; return the exit status and what else it printed."""
        self.process.send_signal(signal.SIGTERM)
        rest, _ = self.process.communicate(timeout=20)
        return self.process.returncode, rest

    def kill(self):
        """End the process without a chance to tidy up."""
        self.process.kill()
        self.process.communicate(timeout=20)

    def session(self):
        """Return an HTTP session that trusts this organisation and no environment variable."""
        session = requests.Session()
        session.verify = self.ready["ca_file"]
        session.trust_env = False
        return session

    def login(self, version="59.0", **changes):
        """Log in over SOAP with the integration user; return session id and instance."""
        credentials = {k: self.ready[k] for k in ("username", "password", "security_token")}
        return SalesforceLogin(
            **{**credentials, **changes},
            scratch_url=self.url,
            sf_version=version,
            session=self.session(),
        )

    def client(self, version="60.0"):
        """Return a simple-salesforce client with a session of its own."""
        session_id, instance = self.login()
        return Salesforce(
            session_id=session_id,
            instance_url=f"https://{instance}",
            version=version,
            session=self.session(),
        )

    def control(self, name, data=None):
        """POST to the control endpoint, or GET without data."""
        url = f"{self.url}/__control__/{name}"
        reply = self.session().get(url) if data is None else self.session().post(url, json=data)
        reply.raise_for_status()
        return reply.json() if reply.content else None
