"""Settings > Connectors > CRM > Salesforce."""

from connectors.views.connection import (
    salesforce_connect,
    salesforce_connection,
    salesforce_disconnect,
    salesforce_test,
    salesforce_update_credentials,
)
from connectors.views.oauth import salesforce_callback, salesforce_oauth, salesforce_reconnect

__all__ = [
    "salesforce_callback",
    "salesforce_connect",
    "salesforce_connection",
    "salesforce_disconnect",
    "salesforce_oauth",
    "salesforce_reconnect",
    "salesforce_test",
    "salesforce_update_credentials",
]
