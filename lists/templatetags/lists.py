"""Tags of the lists' pages: `{% load lists %}`."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from lists.rows import Cell

register = template.Library()

BLANK = "\N{EN DASH}"


@register.simple_tag
def grid_cell(cell: Cell, grid_url: str, *, has_focus: bool = False) -> SafeString:
    """Show a cell of the grid; where it can be edited, as the link that opens its field.

    A page has a thousand of them: as a template of its own each would cost ten times the time.
    """
    if cell.obstacle:
        return format_html('<span class="cell" title="{}">{}</span>', cell.obstacle, cell.shown)
    return format_html(
        '<a class="cell{}" href="{url}" hx-get="{url}"{}{}>{}</a>',
        " cell-changed" if cell.is_changed else "",
        format_html(' title="Salesforce has: {}"', cell.base or "nothing")
        if cell.is_changed
        else "",
        " autofocus" if has_focus else "",
        _content(cell),
        url=f"{grid_url}{cell.path}",
    )


def _content(cell: Cell) -> str:
    if cell.is_changed:
        return format_html(
            '{}<span class="visually-hidden"> {}: changed here</span>',
            cell.shown or BLANK,
            cell.column.name,
        )
    if cell.value:
        return cell.shown
    return format_html(
        '<span aria-hidden="true">{}</span><span class="visually-hidden">{}: blank</span>',
        BLANK,
        cell.column.name,
    )
