"""The tags that pages are built with: `{% load kit %}`."""

from datetime import UTC, datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from django import template
from django.template import RequestContext
from django.urls import NoReverseMatch, reverse
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


class ColouredState(Protocol):
    """A member of one of our state enums: what a person reads, and the kit's colour for it."""

    @property
    def label(self) -> Any:
        """The state in words."""

    @property
    def colour(self) -> str:
        """The badge's colour in the kit."""


@register.simple_tag
def state_badge(state: ColouredState) -> SafeString:
    """Show a state as a badge, in the colour that its enum gives it."""
    # The light variants alone have enough contrast in both themes.
    return format_html(
        '<span class="badge bg-{0}-lt">{1}</span>',
        state.colour,
        state.label,
    )


@register.simple_tag(takes_context=True)
def local_time(context: RequestContext, value: datetime | None, empty: str = "never") -> Any:
    """Show a time in the account's zone, with the exact time on hover; `empty` where there is none.

    Pages outside an account show UTC.
    """
    if value is None:
        return empty
    account = context.get("account")
    zone = account.zone if account else UTC
    local = timezone.localtime(value, zone)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        local.isoformat(),
        f"{local:%Y-%m-%d %H:%M:%S} {_zone_name(zone)}",
        formats.date_format(local, "j M Y, H:i"),
    )


def _zone_name(zone: Any) -> str:
    return zone.key if isinstance(zone, ZoneInfo) else "UTC"


@register.inclusion_tag("components/menu_link.html", takes_context=True)
def menu_link(
    context: RequestContext, url_name: str, label: str, *, icon: str, path: str = ""
) -> dict[str, Any]:
    """Show a link of the menu to a page of the account; mark it on that page and those below it."""
    request, account = context["request"], context["account"]
    try:
        url = reverse(url_name, args=[account.slug])
    except NoReverseMatch:
        url = ""
    is_front_page = url_name == "dashboard"
    return {
        "url": url,
        "label": label,
        "path": path,
        "icon_template": f"components/icons/{icon}.html",
        "is_page": request.path == url,
        "is_section": not is_front_page and bool(url) and request.path.startswith(url),
    }


@register.inclusion_tag("components/sort_header.html", takes_context=True)
def sort_header(
    context: RequestContext, key: str, label: str, align: str = "", default: str = ""
) -> dict[str, Any]:
    """Show a column's head that sorts by `key`: `?sort=key`, then `?sort=-key`.

    `default` is the order that the view uses when the query has none. The page number is dropped.
    """
    request = context["request"]
    order = request.GET.get("sort", default)
    direction = {key: "ascending", f"-{key}": "descending"}.get(order, "")
    return {
        "request": request,
        "label": label,
        "align": align,
        "direction": direction,
        "next_order": f"-{key}" if direction == "ascending" else key,
    }
