"""News that travels upward."""

from django.dispatch import Signal

# Sent with `account`, inside the transaction that gave it another time zone.
time_zone_changed = Signal()

# Sent with `account` and the `names` of what changed, inside the transaction.
limits_changed = Signal()
