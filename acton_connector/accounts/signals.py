"""News that travels upward."""

from django.dispatch import Signal

# Sent with `account`, inside the transaction that gave it another time zone.
time_zone_changed = Signal()
