"""Which organisation, and which of its users, a client speaks to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from connectors.salesforce.client import SalesforceClient
from connectors.salesforce.errors import NotFoundError
from connectors.salesforce.ids import normalise_id
from connectors.salesforce.query import iterate_records
from connectors.salesforce.soql import Condition, build_select

_ORGANISATION_FIELDS = (
    "Id", "Name", "OrganizationType", "IsSandbox", "InstanceName", "TimeZoneSidKey",
)  # fmt: skip
_USER_FIELDS = ("Id", "Name", "Username")


@dataclass(frozen=True)
class Organisation:
    """An organisation and the connected user; ids with 18 characters.

    ``edition`` is Salesforce's OrganizationType ("Enterprise Edition");
    ``time_zone`` an IANA name.
    """

    id: str
    name: str
    edition: str
    is_sandbox: bool
    instance_name: str
    time_zone: str
    user_id: str
    user_name: str
    username: str


def read_organisation(client: SalesforceClient) -> Organisation:
    """Return the organisation and the connected user (two API calls)."""
    organisation = _only_record(client, "Organization", _ORGANISATION_FIELDS)
    user = _only_record(client, "User", _USER_FIELDS, client.grant.user_id)
    return Organisation(
        id=normalise_id(organisation["Id"]),
        name=organisation["Name"],
        edition=organisation["OrganizationType"],
        is_sandbox=organisation["IsSandbox"],
        instance_name=organisation["InstanceName"],
        time_zone=organisation["TimeZoneSidKey"],
        user_id=normalise_id(user["Id"]),
        user_name=user["Name"],
        username=user["Username"],
    )


def _only_record(
    client: SalesforceClient, sobject_type: str, fields: Sequence[str], record_id: str | None = None
) -> dict[str, Any]:
    where = Condition("Id", "=", record_id) if record_id else None
    soql = build_select(sobject_type, fields, known_fields=fields, where=where)
    record = next(iterate_records(client, soql), None)
    if record is None:
        raise NotFoundError("NOT_FOUND", f"The connected user may not see its {sobject_type}.")
    return record
