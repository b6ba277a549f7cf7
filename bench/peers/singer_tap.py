"""tap-salesforce with a session that is signed in already: its own log-in knows one address only.

Runs in the tap's environment, with the tap's own arguments. `BENCH_ORGANISATION` is the
organisation as JSON.
"""

import json
import os
import threading

import tap_salesforce
from tap_salesforce.salesforce import Salesforce

ORGANISATION = json.loads(os.environ["BENCH_ORGANISATION"])


def take_session(self: Salesforce) -> None:
    """Stand in for the log-in."""
    self.access_token, self.instance_url = ORGANISATION["session_id"], ORGANISATION["url"]
    self.session.verify = ORGANISATION["ca_file"]
    self.session.trust_env = False
    self.login_timer = threading.Timer(0, lambda: None)


if __name__ == "__main__":
    Salesforce.login = take_session
    tap_salesforce.main()
