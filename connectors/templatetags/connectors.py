"""`{% load connectors %}`: what any page of an account says about its connection."""

from typing import Any

from django import template
from django.template import RequestContext

from connectors.models import ConnectionState
from connectors.remedies import find_remedy
from connectors.selectors import find_connection

register = template.Library()


@register.inclusion_tag("connectors/_connection_banner.html", takes_context=True)
def connection_banner(context: RequestContext) -> dict[str, Any]:
    """Show why a paused connection is paused and the next step; nothing otherwise."""
    connection = find_connection()
    if connection is None or connection.state != ConnectionState.PAUSED:
        return {}
    return {
        "connection": connection,
        "remedy": find_remedy(connection.reason_code),
        "csrf_token": context.get("csrf_token"),
        "account": context["account"],
        "is_administrator": context["is_administrator"],
    }
