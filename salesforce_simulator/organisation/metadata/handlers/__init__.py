"""How the components of each type take effect, in the order in which they are deployed."""

from salesforce_simulator.organisation.metadata import types
from salesforce_simulator.organisation.metadata.handlers.apps import (
    AppHandler,
    AppSettingsHandler,
    ConnectedAppHandler,
)
from salesforce_simulator.organisation.metadata.handlers.base import Handler
from salesforce_simulator.organisation.metadata.handlers.fields import FieldHandler
from salesforce_simulator.organisation.metadata.handlers.layouts import LayoutHandler
from salesforce_simulator.organisation.metadata.handlers.objects import ObjectHandler
from salesforce_simulator.organisation.metadata.handlers.permission_sets import (
    PermissionSetHandler,
)
from salesforce_simulator.organisation.metadata.handlers.reports import ReportHandler
from salesforce_simulator.organisation.metadata.handlers.sites import (
    ObjectChildHandler,
    SiteHandler,
    TabHandler,
    WebLinkHandler,
)

__all__ = ["Handler", "handler_of", "place_of"]

# What others refer to comes first.
_HANDLERS: dict[str, Handler] = {
    "CustomObject": ObjectHandler(),
    "CustomField": FieldHandler(),
    "ApexClass": Handler(),
    "ApexPage": Handler(),
    "WebLink": WebLinkHandler(),
    "CustomTab": TabHandler(),
    "RemoteSiteSetting": SiteHandler(),
    "CspTrustedSite": SiteHandler(),
    "ConnectedApp": ConnectedAppHandler(),
    "ExternalClientApplication": AppHandler(),
    "ExtlClntAppGlobalOauthSettings": AppSettingsHandler(),
    "ExtlClntAppOauthSettings": AppSettingsHandler(),
    "ExtlClntAppConfigurablePolicies": AppSettingsHandler(),
    "ExtlClntAppOauthConfigurablePolicies": AppSettingsHandler(),
    "ExtlClntAppCanvasSettings": AppSettingsHandler(),
    **dict.fromkeys(types.child_types().keys() - {"CustomField", "WebLink"}, ObjectChildHandler()),
    "Layout": LayoutHandler(),
    "Report": ReportHandler(),
    "PermissionSet": PermissionSetHandler(),
}
_KEPT = Handler()
_PLACES = {name: place for place, name in enumerate(_HANDLERS)}


def handler_of(type_name: str) -> Handler:
    """Return the handler of a type; what has none of its own is kept as it is."""
    return _HANDLERS.get(type_name, _KEPT)


def place_of(type_name: str) -> int:
    """Return where a type comes in a deployment."""
    return _PLACES.get(type_name, len(_PLACES))
