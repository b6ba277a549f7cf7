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


def may_add_new(context: RunContext, catalogue: Catalogue) -> bool:
    """Tell whether new records may be created; where not, the run's page says why.

    `catalogue` holds the fields of the run's own object by name.
    """
    obstacle = _find_obstacle(context, catalogue)
    if obstacle:
        context.warn(
            f"No new records were added to Salesforce: {obstacle} Without that a person who is "
            "there already would not be recognised, and would be there twice.",
            "Let the connected user see and edit the e-mail address of leads and contacts, then "
            "run the sync again.",
            is_error=True,
        )
    return not obstacle


def _find_obstacle(context: RunContext, catalogue: Catalogue) -> str:
    own = context.options.sobject_type
    email = catalogue.get("Email")
    if email is None or email.data_type not in TEXTS or _is_address_aside(context):
        return f"the e-mail address of {own} cannot be read."
    if not email.is_createable:
        return f"the connected user may not fill in the e-mail address of {own}."
    return _find_obstacle_of_other(context, other_type(own))


def _is_address_aside(context: RunContext) -> bool:
    keys = context.options.aside_keys
    columns = context.run.job.list.columns.filter(key__in=keys, system_usage=SystemUsage.EMAIL)
    return columns.exists()


def _find_obstacle_of_other(context: RunContext, sobject_type: str) -> str:
    try:
        described = refresh_fields(client=context.client, sobject_type=sobject_type)
    except (NotFoundError, SchemaError):
        return f"the connected user may not see the object {sobject_type}."
    names = {field.name for field in described}
    missing = [name for name in FIELDS if name not in names]
    return f"{sobject_type} shows no {', '.join(missing)}." if missing else ""
