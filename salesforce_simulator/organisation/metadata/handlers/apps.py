"""External client apps and connected apps: they become apps that log users in."""

from typing import Any

from salesforce_simulator.organisation.metadata.components import Component
from salesforce_simulator.organisation.metadata.handlers.base import Handler
from salesforce_simulator.organisation.metadata.nodes import Node, leaf
from salesforce_simulator.organisation.metadata.problems import ComponentError
from salesforce_simulator.organisation.metadata.workspace import Workspace
from salesforce_simulator.organisation.oauth.apps import App
from salesforce_simulator.organisation.oauth.scopes import SCOPES

_APP_ELEMENT = "externalClientApplication"
# How the Metadata API calls scopes whose names are not just written differently.
_SCOPES = {"Basic": "id", "Chatter": "chatter_api", "CustomApplications": "visualforce",
           "RefreshToken": "refresh_token", "OfflineAccess": "offline_access",
           "CustomPermissions": "custom_permissions", "Wave": "wave_api"}  # fmt: skip
_KEY = "consumerKey"


class AppHandler(Handler):
    """External client apps: one is an app with a consumer key from the start."""

    def apply(self, work: Workspace, component: Component) -> str | None:
        """Register the app unless it is there."""
        if work.apps.find_named(component.full_name) is None:
            work.apps.register(name=component.full_name)
        return None

    def remove(self, work: Workspace, full_name: str) -> None:
        """Uninstall the app; every token of it is dead."""
        app = work.apps.find_named(full_name)
        if app is not None:
            work.apps.remove(app.client_id)


class AppSettingsHandler(Handler):
    """Settings of an external client app, which has to be there."""

    def current(self, work: Workspace, type_name: str, full_name: str) -> Node | None:
        """Return the definition; the global OAuth settings tell the app's consumer key."""
        kept = super().current(work, type_name, full_name)
        if kept is None or type_name != "ExtlClntAppGlobalOauthSettings":
            return kept
        app = work.apps.find_named(kept.get(_APP_ELEMENT).strip())
        return kept if app is None else kept.without(_KEY).plus([leaf(_KEY, app.client_id)])

    def apply(self, work: Workspace, component: Component) -> str | None:
        """Let the settings take effect on the app."""
        definition = component.definition
        name = definition.get(_APP_ELEMENT).strip()
        work.need("ExternalClientApplication", name, None, _APP_ELEMENT)
        app = work.apps.find_named(name)
        if app is not None:
            _change(work, app, _settings(definition, component.type))
        return None


class ConnectedAppHandler(Handler):
    """Connected apps: since Spring '26 no new ones are made; those that exist can be changed."""

    def apply(self, work: Workspace, component: Component) -> str | None:
        """Register or change the app; refuse a new one unless the organisation allows it."""
        found = work.store.find(component.type, component.full_name)
        if found is None and not work.connected_apps_creatable:
            raise ComponentError(
                "You can't create a connected app. To enable connected app creation, contact"
                " Salesforce Customer Support."
            )
        app = work.apps.find_named(component.full_name)
        if app is None:
            app = work.apps.register(name=component.full_name)
        oauth = component.definition.child("oauthConfig") or Node("oauthConfig")
        changes = _oauth(oauth)
        scopes = oauth.texts("scopes")
        if scopes:
            changes["scopes"] = _scope_names(scopes)
        canvas = component.definition.child("canvasConfig")
        if canvas is not None:
            changes["canvas_url"] = canvas.get("canvasUrl").strip()
        _change(work, app, changes)
        return None

    def remove(self, work: Workspace, full_name: str) -> None:
        """Uninstall the app; every token of it is dead."""
        app = work.apps.find_named(full_name)
        if app is not None:
            work.apps.remove(app.client_id)


def _change(work: Workspace, app: App, changes: dict[str, Any]) -> None:
    try:
        work.apps.change(app.client_id, **changes)
    except ValueError as error:
        raise ComponentError(str(error)) from error


def _settings(definition: Node, type_name: str) -> dict[str, Any]:
    """Return what one kind of settings changes of an app."""
    if type_name == "ExtlClntAppGlobalOauthSettings":
        return _oauth(definition)
    if type_name == "ExtlClntAppOauthSettings":
        scopes = definition.get("commaSeparatedOauthScopes").split(",")
        return {"scopes": _scope_names([scope.strip() for scope in scopes if scope.strip()])}
    if type_name == "ExtlClntAppConfigurablePolicies":
        return {"blocked": not definition.flag("isEnabled", default=True)}
    if type_name == "ExtlClntAppOauthConfigurablePolicies":
        policy = definition.get("permittedUsersPolicyType").strip()
        run_as = definition.get("clientCredentialsFlowUser").strip()
        return {
            "admin_approved": policy == "AdminApprovedPreAuthorized",
            "run_as": run_as or None,
        }
    return {"canvas_url": definition.get("canvasUrl").strip() or None}


def _oauth(definition: Node) -> dict[str, Any]:
    """Return what the OAuth part of either kind of app says."""
    return {
        "callback_urls": tuple(definition.get("callbackUrl").split()),
        "pkce_required": definition.flag("isPkceRequired"),
        "secret_required": not definition.flag("isConsumerSecretOptional"),
        "secret_required_for_refresh": definition.flag(
            "isSecretRequiredForRefreshToken", default=True
        ),
        "rotates_refresh_tokens": definition.flag("isRefreshTokenRotationEnabled"),
    }


def _scope_names(scopes: list[str]) -> tuple[str, ...]:
    """Return scopes as OAuth calls them; what this organisation has not is left out."""
    names = (_SCOPES.get(scope, scope.lower()) for scope in scopes)
    return tuple(name for name in names if name in SCOPES)
