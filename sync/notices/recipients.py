"""Who is told of an account's notices."""

from acton_connector.accounts.models import Account, Membership, Role
from sync.notices.models import Channel, Webhook

# A channel and an address on it.
Recipient = tuple[str, str]


def list_recipients(account: Account) -> list[Recipient]:
    """Return everybody who is told of what happens in the account."""
    hosts = Webhook.objects.values_list("host", flat=True)
    return [
        *((Channel.EMAIL.value, address) for address in _list_administrators(account)),
        *((Channel.WEBHOOK.value, host) for host in hosts),
    ]


def is_still_told(account: Account, channel: str, address: str) -> bool:
    """Whether a message that was written a while ago may still go to its address."""
    return (channel, address) in list_recipients(account)


def _list_administrators(account: Account) -> list[str]:
    administrators = Membership.objects.filter(
        account=account, role=Role.ADMINISTRATOR, user__is_active=True
    )
    return list(administrators.order_by("user__email").values_list("user__email", flat=True))
