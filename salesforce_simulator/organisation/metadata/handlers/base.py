"""What all types of components have in common: they are kept as they were deployed."""

from salesforce_simulator.organisation.metadata.components import Component
from salesforce_simulator.organisation.metadata.nodes import Node
from salesforce_simulator.organisation.metadata.workspace import Workspace


class Handler:
    """Brings components of one type into the organisation; the methods do nothing of their own."""

    def names(self, work: Workspace, type_name: str) -> list[str]:
        """Return the names of all components of a type, in their order."""
        return work.store.names(type_name)

    def current(self, work: Workspace, type_name: str, full_name: str) -> Node | None:
        """Return the definition that is in force, or None."""
        found = work.store.find(type_name, full_name)
        return found.component.definition if found else None

    def apply(self, work: Workspace, component: Component) -> str | None:
        """Let a component take effect; ComponentError when it cannot.

        Returns the id of the component's record, for types that have records.
        """

    def remove(self, work: Workspace, full_name: str) -> None:
        """Take a component's effect away; ComponentError when something needs it."""
