"""Page layouts: they decide what the page of a record shows."""

from salesforce_simulator.organisation.layouts import Layout
from salesforce_simulator.organisation.metadata.components import Component
from salesforce_simulator.organisation.metadata.handlers.base import Handler
from salesforce_simulator.organisation.metadata.json_form import from_json, to_json
from salesforce_simulator.organisation.metadata.nodes import Node
from salesforce_simulator.organisation.metadata.problems import ComponentError
from salesforce_simulator.organisation.metadata.workspace import Workspace


class LayoutHandler(Handler):
    """Keeps layouts by names such as `Lead-Lead Layout`."""

    def names(self, work: Workspace, type_name: str) -> list[str]:  # noqa: ARG002 - as all handlers
        """Return the layouts of all objects that have pages, those they came with too."""
        paged = (sobject for sobject in work.catalogue if "layout" in sobject.abilities)
        return sorted(layout.full_name for each in paged for layout in work.layouts.of(each))

    def current(self, work: Workspace, type_name: str, full_name: str) -> Node | None:
        """Return the layout as it is in force."""
        layout = _find(work, full_name)
        if layout is None:
            return None
        kept = super().current(work, type_name, full_name)
        same = kept is not None and to_json(kept, "Layout") == layout.content
        return kept if same else Node("Layout", children=from_json(layout.content, "Layout"))

    def apply(self, work: Workspace, component: Component) -> str | None:
        """Check what the layout names, and let it decide."""
        sobject_name, _, name = component.full_name.partition("-")
        work.need("CustomObject", sobject_name, None, "fullName")
        sobject = work.catalogue.get(sobject_name)
        definition = component.definition
        for button in definition.all("customButtons"):
            work.need("WebLink", f"{sobject.name}.{button.text.strip()}", button, "customButtons")
        for item in _items(definition):
            field, page = item.get("field").strip(), item.get("page").strip()
            if field and not sobject.has(field):
                work.need("CustomField", f"{sobject.name}.{field}", item, "field")
            if page:
                work.need("ApexPage", page, item, "page")
        content = to_json(definition, "Layout")
        return work.layouts.put(Layout(sobject.name, name, content)).id

    def remove(self, work: Workspace, full_name: str) -> None:
        """Take a layout away; an object keeps its last one."""
        layout = _find(work, full_name)
        if layout is None:
            return
        if len(work.layouts.of(work.catalogue.get(layout.sobject))) == 1:
            raise ComponentError("Cannot delete the last layout of an object")
        work.layouts.remove(layout)


def _find(work: Workspace, full_name: str) -> Layout | None:
    sobject_name, _, name = full_name.partition("-")
    sobject = work.catalogue.find(sobject_name)
    return None if sobject is None else work.layouts.find(sobject, name)


def _items(definition: Node) -> list[Node]:
    return [
        item
        for section in definition.all("layoutSections")
        for column in section.all("layoutColumns")
        for item in column.all("layoutItems")
    ]
