"""News that travels upward."""

from django.dispatch import Signal

# Sent with `account_id`, inside the transaction that paused, renewed or ended a connection.
connection_state_changed = Signal()
