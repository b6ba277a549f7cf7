"""The wire: TLS, ports, request bodies, error bodies, limits, request log and broken networks.

Nothing here knows what a Lead is. A request passes, from outside to inside: the call log, the
fault rules (only with ``--control``), the error bodies, then the gate (API version, session, daily
limit); what the protocols answer travels back the same way.
"""
