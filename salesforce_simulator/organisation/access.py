"""Who gets into an organisation: users, their log-ins and sessions, and the apps they use."""

from dataclasses import dataclass

from salesforce_simulator.organisation.clock import Clock
from salesforce_simulator.organisation.database import Database
from salesforce_simulator.organisation.logins import Logins
from salesforce_simulator.organisation.oauth.apps import Apps
from salesforce_simulator.organisation.policies import PolicyStore
from salesforce_simulator.organisation.sessions import Sessions
from salesforce_simulator.organisation.users import Users


@dataclass(frozen=True)
class Access:
    """The parts of an organisation that decide who gets in."""

    apps: Apps
    users: Users
    logins: Logins
    sessions: Sessions
    policies: PolicyStore
    clock: Clock
    is_sandbox: bool


def open_access(
    database: Database, clock: Clock, organisation_id: str, *, is_sandbox: bool
) -> Access:
    """Return the parts of one organisation, joined to each other."""
    policies = PolicyStore(database)
    users = Users(database, clock)
    sessions = Sessions(database, clock, policies, organisation_id)
    logins = Logins(database, clock, policies, users, sessions)
    return Access(Apps(database), users, logins, sessions, policies, clock, is_sandbox)
