"""Whether new records can be recognised in Salesforce; where not, none is created.

A person who is there already is found by the e-mail address, among leads and among contacts.
Where it cannot be read, each new record might be a second one of the same person.
"""

from collections.abc import Mapping

from connectors.field_types import TEXTS
from connectors.models import SalesforceField
from connectors.salesforce import NotFoundError, SchemaError
from connectors.services import refresh_fields
from lists.models import SystemUsage
from sync.engine.context import RunContext
from sync.engine.matching import FIELDS, other_type

Catalogue = Mapping[str, SalesforceField]


def may_add_new(
    context: RunContext, sobject_type: str, catalogues: Mapping[str, Catalogue]
) -> bool:
    """Tell whether new records of an object may be created; where not, the run's page says why.

    `catalogues` holds the fields of leads and of contacts by name, none of what cannot be seen.
    """
    obstacle = _find_obstacle(context, sobject_type, catalogues)
    if obstacle:
        context.warn(
            f"No new records were added to Salesforce: {obstacle} Without that a person who is "
            "there already would not be recognised, and would be there twice.",
            "Let the connected user see and edit the e-mail address of leads and contacts, then "
            "run the sync again.",
            is_error=True,
        )
    return not obstacle


def describe_other(context: RunContext, sobject_type: str) -> Catalogue:
    """Return the fields of the other object that a person may be; none where it is hidden."""
    other = other_type(sobject_type)
    try:
        described = refresh_fields(client=context.client, sobject_type=other)
    except (NotFoundError, SchemaError):
        return {}
    return {field.name: field for field in described}


def _find_obstacle(
    context: RunContext, sobject_type: str, catalogues: Mapping[str, Catalogue]
) -> str:
    """Return why new records would not be recognised, empty where they are."""
    email = catalogues[sobject_type].get("Email")
    if email is None or email.data_type not in TEXTS or _is_address_aside(context):
        return f"the e-mail address of {sobject_type} cannot be read."
    if not email.is_createable:
        return f"the connected user may not fill in the e-mail address of {sobject_type}."
    other = other_type(sobject_type)
    if not catalogues[other]:
        return f"the connected user may not see the object {other}."
    missing = [name for name in FIELDS if name not in catalogues[other]]
    return f"{other} shows no {', '.join(missing)}." if missing else ""


def _is_address_aside(context: RunContext) -> bool:
    keys = context.options.aside_keys
    columns = context.run.job.list.columns.filter(key__in=keys, system_usage=SystemUsage.EMAIL)
    return columns.exists()
