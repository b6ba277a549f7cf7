"""What other applications can have a say in: news travels upward."""

from django.dispatch import Signal

# Sent with `marketing_list`, inside the transaction that is to delete it. A receiver that needs
# the list returns a sentence that says so, and the list stays; otherwise it returns None.
list_deletion_requested = Signal()
