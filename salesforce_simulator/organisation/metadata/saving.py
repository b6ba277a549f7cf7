"""One component's way into the organisation, or out of it, inside a workspace."""

from dataclasses import dataclass

from salesforce_simulator.organisation.metadata import schema, types
from salesforce_simulator.organisation.metadata.components import Component
from salesforce_simulator.organisation.metadata.handlers import handler_of
from salesforce_simulator.organisation.metadata.nodes import Node
from salesforce_simulator.organisation.metadata.workspace import Workspace


@dataclass(frozen=True)
class Saved:
    """A component's id, and what was done to it."""

    id: str
    created: bool
    changed: bool


def save(work: Workspace, component: Component) -> Saved:
    """Deploy a component; one that is there already in the same form stays untouched.

    Raises ComponentError, and then nothing of the component has taken effect.
    """
    with work.savepoint():
        definition = component.definition
        if component.type in schema.schema().types and definition.name == component.type:
            schema.require(definition, component.type)
        handler = handler_of(component.type)
        current = handler.current(work, component.type, component.full_name)
        kept = work.store.find(component.type, component.full_name)
        same = (
            current is not None
            and kept is not None
            and schema.canonical(_given(current, definition)) == schema.canonical(definition)
            and kept.component.content == component.content
        )
        if same and kept is not None:
            return Saved(kept.id, created=False, changed=False)
        record_id = handler.apply(work, component)
        saved_id = work.store.put(component, work.user_id, work.stamp, record_id)
        return Saved(saved_id, created=current is None, changed=True)


def _given(current: Node, definition: Node) -> Node:
    """Return what is in force without what Salesforce itself has added to it."""
    return current.without(*(name for name in _ADDED if definition.child(name) is None))


def remove(work: Workspace, type_name: str, full_name: str) -> str | None:
    """Delete a component and return its id; None when there is none. Raises ComponentError."""
    with work.savepoint():
        kept = work.store.find(type_name, full_name)
        if kept is None:
            return None
        handler_of(type_name).remove(work, full_name)
        work.store.remove(type_name, full_name)
        return kept.id


def known(type_name: str, version: float) -> bool:
    """Tell whether an API version has a type of component."""
    return types.is_type(type_name) and version >= _SINCE.get(type_name, 0)


_ADDED = ("consumerKey", "consumerSecret")
_SINCE = {"ExtlClntAppCanvasSettings": 66.0}
