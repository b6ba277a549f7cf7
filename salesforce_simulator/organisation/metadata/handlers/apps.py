"""External client apps and connected apps."""

from salesforce_simulator.organisation.metadata.components import Component
from salesforce_simulator.organisation.metadata.handlers.base import Handler
from salesforce_simulator.organisation.metadata.nodes import Node
from salesforce_simulator.organisation.metadata.problems import ComponentError
from salesforce_simulator.organisation.metadata.workspace import Workspace


class AppSettingsHandler(Handler):
    """Settings of an external client app, which has to be there."""

    def apply(self, work: Workspace, component: Component) -> str | None:
        """Check the app."""
        name = component.definition.get("externalClientApplication").strip()
        element: Node | None = None
        work.need("ExternalClientApplication", name, element, "externalClientApplication")
        return None


class ConnectedAppHandler(Handler):
    """Connected apps: since Spring '26 no new ones are made; those that exist can be changed."""

    def apply(self, work: Workspace, component: Component) -> str | None:
        """Refuse a new app unless the organisation allows it."""
        found = work.store.find(component.type, component.full_name)
        if found is None and not work.connected_apps_creatable:
            raise ComponentError(
                "You can't create a connected app. To enable connected app creation, contact"
                " Salesforce Customer Support."
            )
        return None
