"""Pages, tabs, buttons and sites: kept, after a look at what they refer to."""

from urllib.parse import urlsplit

from salesforce_simulator.organisation.metadata.components import Component
from salesforce_simulator.organisation.metadata.handlers.base import Handler
from salesforce_simulator.organisation.metadata.problems import ComponentError
from salesforce_simulator.organisation.metadata.workspace import Workspace

_TARGETS = ("page", "url", "flexiPage", "lwcComponent", "auraComponent", "scontrol")


class TabHandler(Handler):
    """Custom tabs: of an object, or of exactly one page or address."""

    def apply(self, work: Workspace, component: Component) -> str | None:
        """Check what the tab shows."""
        definition = component.definition
        if definition.flag("customObject"):
            work.need("CustomObject", component.full_name, None, "fullName")
            return None
        if not definition.get("label").strip():
            raise ComponentError("Master label must be provided for non-custom object tabs")
        targets = [name for name in _TARGETS if definition.get(name).strip()]
        if len(targets) != 1:
            raise ComponentError("A tab must have exactly one of: " + ", ".join(_TARGETS))
        if targets == ["page"]:
            work.need("ApexPage", definition.get("page").strip(), None, "page")
        elif targets == ["url"]:
            _check_url(definition.get("url"))
        return None


class WebLinkHandler(Handler):
    """Buttons and links of an object."""

    def apply(self, work: Workspace, component: Component) -> str | None:
        """Check the object, and that the button has what its kind of link opens."""
        definition = component.definition
        work.need("CustomObject", component.full_name.partition(".")[0], definition, "fullName")
        kind = definition.get("linkType").strip()
        element = {"url": "url", "javascript": "url", "page": "page"}.get(kind)
        if element is not None and not definition.get(element).strip():
            message = f"Required field is missing: {element}"
            raise ComponentError(message, definition.line, definition.column)
        if kind == "page":
            work.need("ApexPage", definition.get("page").strip(), definition, "page")
        return None


class SiteHandler(Handler):
    """Remote sites and trusted sites."""

    def apply(self, work: Workspace, component: Component) -> str | None:  # noqa: ARG002 - as all handlers
        """Check the site's address."""
        definition = component.definition
        _check_url(definition.get("url") or definition.get("endpointUrl"))
        return None


class ObjectChildHandler(Handler):
    """List views, record types and the like: their object has to be there."""

    def apply(self, work: Workspace, component: Component) -> str | None:
        """Check the object."""
        name = component.full_name.partition(".")[0]
        work.need("CustomObject", name, component.definition, "fullName")
        return None


def _check_url(text: str) -> None:
    parts = urlsplit(text.strip())
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise ComponentError(f"Invalid URL: {text.strip()}")
