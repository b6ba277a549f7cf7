"""What an administrator decides for the whole organisation about log-ins and API access."""

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import orjson

from salesforce_simulator.organisation.database import Database
from salesforce_simulator.organisation.restrictions import check_ranges
from salesforce_simulator.organisation.settings import Settings

_SETTING = "policies"
_SHORTEST_SESSION_SECONDS = 15 * 60
_LONGEST_SESSION_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Policies:
    """The switches, as a new organisation of a few years ago has them.

    `soap_login_last_version` is the newest API version whose login() works; it
    is absent from version 65 on. Versions below `oldest_api_version` are
    retired. `session_seconds` is the session time-out, which slides with use.
    From an address in `trusted_networks` (`10.0.0.0-10.0.0.255` each) nobody
    needs a security token. `any_api_auth_required` lets only users with the
    permission "Use Any API Auth" log in over SOAP. `instance_url` is where the
    organisation lives when that is not where it was asked: after a change of
    its domain. `hard_delete_allowed` gives everyone the permission "Bulk API
    Hard Delete", which no profile has by itself.
    Since Spring '26 nobody makes new connected apps, unless
    `connected_apps_creatable` brings the time before back.
    """

    soap_login_enabled: bool = True
    soap_login_last_version: int = 64
    oldest_api_version: int = 31
    api_enabled: bool = True
    locked: bool = False
    password_grant_allowed: bool = False
    any_api_auth_required: bool = False
    session_seconds: int = 7200
    logins_per_hour: int = 3600
    trusted_networks: tuple[str, ...] = ()
    instance_url: str | None = None
    hard_delete_allowed: bool = False
    connected_apps_creatable: bool = False


class PolicyStore:
    """The policies in force, kept with the organisation."""

    def __init__(self, database: Database) -> None:
        self._settings = Settings(database)
        kept = self._settings.get(_SETTING)
        self.current = _checked(Policies(), orjson.loads(kept) if kept else {})

    def change(self, **changes: Any) -> Policies:
        """Set some policies and return all; ValueError for an unknown name or a wrong value."""
        changed = _checked(self.current, changes)
        self._settings.put(_SETTING, orjson.dumps(asdict(changed)).decode())
        self.current = changed
        return changed


def _checked(policies: Policies, changes: dict[str, Any]) -> Policies:
    kinds = {field.name: type(getattr(Policies(), field.name)) for field in fields(Policies)}
    for name, value in changes.items():
        if name not in kinds:
            raise ValueError(f"no policy is called {name}")
        fits = type(value) is kinds[name]
        if name == "trusted_networks":
            fits = isinstance(value, list | tuple)
        if name == "instance_url":
            fits = value is None or isinstance(value, str)
        if not fits:
            raise ValueError(f"{value!r} is no value of {name}")
    if "trusted_networks" in changes:
        check_ranges(changes["trusted_networks"])
        changes = {**changes, "trusted_networks": tuple(changes["trusted_networks"])}
    changed = replace(policies, **changes)
    if not _SHORTEST_SESSION_SECONDS <= changed.session_seconds <= _LONGEST_SESSION_SECONDS:
        raise ValueError("session_seconds lies between 15 minutes and 24 hours")
    return changed
