"""Several workers of an account that call Salesforce at the same moment."""

import threading
from concurrent.futures import ThreadPoolExecutor

from django.db import connections

from acton_connector.accounts.scope import account_scope


def call_at_once(account, clients):
    """Let each client call from a thread of its own; return answer and session of each."""
    start = threading.Barrier(len(clients))

    def work(client):
        try:
            start.wait(timeout=10)
            with account_scope(account), client:
                return client.get("limits"), client.grant.session_id
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(clients)) as workers:
        return list(workers.map(work, clients))
