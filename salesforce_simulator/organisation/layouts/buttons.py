"""The buttons at the top of a record's page."""

from collections.abc import Mapping
from typing import Any

from salesforce_simulator.organisation.catalogue import SObject

# Standard buttons by name, with their label and the ability that an object needs to have them.
_STANDARD = (
    ("Edit", "Edit", "update"),
    ("Delete", "Delete", "delete"),
    ("Clone", "Clone", "create"),
    ("Submit", "Submit for Approval", "update"),
)
_OF_OBJECTS = {"Lead": (("Convert", "Convert"), ("FindDup", "Find Duplicates"))}
_UNKNOWN = (
    "behavior", "content", "contentSource", "encoding", "height", "menubar", "resizeable",
    "scrollbars", "showsLocation", "showsStatus", "toolbar", "url", "width", "windowPosition",
)  # fmt: skip


# Of a custom button: what the describe tells, and the element of its definition that says so.
_OF_WEB_LINKS = {
    "behavior": "openType",
    "encoding": "encodingKey",
    "height": "height",
    "label": "masterLabel",
    "menubar": "hasMenubar",
    "resizeable": "isResizable",
    "scrollbars": "hasScrollbars",
    "showsLocation": "showsLocation",
    "showsStatus": "showsStatus",
    "toolbar": "hasToolbar",
    "url": "url",
    "width": "width",
    "windowPosition": "position",
}


def button_section(
    sobject: SObject, content: Mapping[str, Any], web_links: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """Return the standard buttons that the layout does not exclude, then the custom ones.

    `web_links` are the definitions of the custom ones that have been deployed.
    """
    excluded = set(content.get("excludeButtons", []))
    standard = [(name, label) for name, label, needed in _STANDARD if needed in sobject.abilities]
    standard += _OF_OBJECTS.get(sobject.name, ())
    buttons = [
        _button(name, label, custom=False) for name, label in standard if name not in excluded
    ]
    buttons += [
        _custom_button(name, web_links.get(name, {})) for name in content.get("customButtons", [])
    ]
    return {"detailButtons": buttons}


def _button(name: str, label: str, *, custom: bool) -> dict[str, Any]:
    return {
        **dict.fromkeys(_UNKNOWN),
        "colors": [],
        "custom": custom,
        "icons": [],
        "label": label,
        "name": name,
        "overridden": False,
    }


def _custom_button(name: str, link: Mapping[str, Any]) -> dict[str, Any]:
    told = {key: link[element] for key, element in _OF_WEB_LINKS.items() if element in link}
    return {**_button(name, name.replace("_", " "), custom=True), **told}
