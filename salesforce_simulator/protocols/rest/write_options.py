"""Request headers and parameters that change how records are written."""

from aiohttp import web

from salesforce_simulator.organisation.organisation import WriteOptions
from salesforce_simulator.transport.bodies import flag


def write_options(request: web.Request) -> WriteOptions:
    """Read Sforce-Duplicate-Rule-Header, Sforce-Auto-Assign and the parameter ``updateOnly``.

    The assignment rule is used unless Sforce-Auto-Assign says FALSE.
    """
    header = request.headers.get("Sforce-Duplicate-Rule-Header", "")
    pairs = (part.partition("=") for part in header.replace(",", ";").split(";"))
    settings = {name.strip(): value.strip() for name, _, value in pairs}
    return WriteOptions(
        allow_duplicates=flag(settings.get("allowSave")),
        update_only=flag(request.query.get("updateOnly")),
        assign=flag(request.headers.get("Sforce-Auto-Assign"), default=True),
    )
