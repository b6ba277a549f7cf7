"""Who may do what at which address: the table, and the walk through the URL configuration.

A URL that is not in the table fails the matrix, so a new page states its methods and roles here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver

from acton_connector.accounts.access import ADMINISTRATORS, EVERYONE, MARKETING
from acton_connector.accounts.models import Role

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
READ = frozenset({"GET", "HEAD"})
FORM = frozenset({"GET", "POST"})
ACTION = frozenset({"POST"})


@dataclass(frozen=True)
class Page:
    """What an address below `/a/<account>/` answers to, and to members with which roles."""

    methods: frozenset[str]
    roles: tuple[Role, ...]


ACCOUNT_PAGES: Mapping[str, Page] = {
    # acton_connector.accounts
    "account_settings": Page(FORM, ADMINISTRATORS),
    "audit_log": Page(READ, ADMINISTRATORS),
    "change_member_role": Page(ACTION, ADMINISTRATORS),
    "invite_member": Page(ACTION, ADMINISTRATORS),
    "remove_member": Page(ACTION, ADMINISTRATORS),
    # connectors
    "salesforce_connect": Page(FORM, ADMINISTRATORS),
    "salesforce_connection": Page(READ, ADMINISTRATORS),
    "salesforce_disconnect": Page(ACTION, ADMINISTRATORS),
    "salesforce_oauth": Page(FORM, ADMINISTRATORS),
    "salesforce_reconnect": Page(ACTION, ADMINISTRATORS),
    "salesforce_test": Page(ACTION, ADMINISTRATORS),
    "salesforce_update_credentials": Page(FORM, ADMINISTRATORS),
    # lists
    "folder_add": Page(FORM, MARKETING),
    "folder_delete": Page(ACTION, MARKETING),
    "folder_rename": Page(FORM, MARKETING),
    "list_delete": Page(FORM, MARKETING),
    "list_export": Page(ACTION, MARKETING),
    "list_move": Page(FORM, MARKETING),
    "list_records": Page(READ, MARKETING),
    "list_rename": Page(FORM, MARKETING),
    "list_upload": Page(FORM, MARKETING),
    "marketing_lists": Page(READ, MARKETING),
    "record_detail": Page(READ, MARKETING),
    "record_edit_cell": Page(FORM, MARKETING),
    # prospects
    "people": Page(READ, EVERYONE),
    "person_detail": Page(READ, EVERYONE),
    # sync
    "dashboard": Page(READ, EVERYONE),
    "list_import": Page(READ, MARKETING),
    "list_import_choose": Page(READ, MARKETING),
    "list_import_fields": Page(FORM, MARKETING),
    "list_import_file": Page(FORM, MARKETING),
    "list_import_finish": Page(FORM, MARKETING),
    "list_sync_state": Page(READ, MARKETING),
    "calendar": Page(READ, MARKETING),
    "calendar_stagger": Page(ACTION, MARKETING),
    "queue": Page(READ, MARKETING),
    "notices": Page(READ, MARKETING),
    "run_cancel": Page(ACTION, MARKETING),
    "run_detail": Page(READ, MARKETING),
    "run_release_removals": Page(ACTION, ADMINISTRATORS),
    "runs": Page(READ, MARKETING),
    "sync_add_columns": Page(FORM, MARKETING),
    "sync_column_aside": Page(ACTION, MARKETING),
    "sync_mapping": Page(FORM, MARKETING),
    "sync_preview": Page(ACTION, MARKETING),
    "sync_run_now": Page(ACTION, MARKETING),
    "sync_schedule_preview": Page(READ, MARKETING),
    "sync_setup": Page(FORM, MARKETING),
    "webhook": Page(FORM, ADMINISTRATORS),
    "webhook_new_secret": Page(ACTION, ADMINISTRATORS),
    "webhook_remove": Page(ACTION, ADMINISTRATORS),
    "webhook_test": Page(ACTION, ADMINISTRATORS),
}

# Addresses outside any account: True where a visitor must log in first.
OTHER_PAGES: Mapping[str, bool] = {
    "accept_invitation": False,
    "home": True,
    "salesforce_callback": True,
    "people/email/": False,  # a page that nobody finds, over allauth's of the same address
    "account_change_password": True,
    "account_confirm_email": False,
    "account_confirm_login_code": False,
    "account_email": False,
    "account_email_verification_sent": False,
    "account_inactive": False,
    "account_login": False,
    "account_logout": False,
    "account_reauthenticate": True,
    "account_reset_password": False,
    "account_reset_password_done": False,
    "account_reset_password_from_key": False,
    "account_reset_password_from_key_done": False,
    "account_set_password": True,
    "account_signup": False,
    "mfa_activate_totp": True,
    "mfa_authenticate": False,
    "mfa_deactivate_totp": True,
    "mfa_download_recovery_codes": True,
    "mfa_generate_recovery_codes": True,
    "mfa_index": True,
    "mfa_reauthenticate": True,
    "mfa_view_recovery_codes": True,
}


@dataclass(frozen=True)
class Address:
    """One entry of the URL configuration; known by its name, by its route where it has none."""

    name: str
    route: str
    pattern: URLPattern

    @property
    def is_in_account(self) -> bool:
        """Whether it lies below `/a/<account>/`."""
        return self.route.startswith("a/<slug:account_slug>/")

    @property
    def parameters(self) -> frozenset[str]:
        """The names of the parts that vary, the account's slug apart."""
        return frozenset(self.pattern.pattern.regex.groupindex)


def list_addresses() -> list[Address]:
    """Return every address of the URL configuration."""
    return list(_walk(get_resolver(), ""))


def _walk(resolver: URLResolver, prefix: str) -> Iterator[Address]:
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern, route)
        else:
            yield Address(pattern.name or route, route, pattern)
