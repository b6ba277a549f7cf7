"""What every organisation has: its own record, two profiles, and users."""

import sqlite3
from typing import Any

from salesforce_simulator.organisation.catalogue import SObject, load_catalogue
from salesforce_simulator.organisation.ids import make_id
from salesforce_simulator.organisation.schema import quoted
from salesforce_simulator.seeds.picklist_objects import plant_picklist_objects

BORN = "2026-01-05T16:00:00.000Z"
INTEGRATION_USERNAME = "connector@acme.example"
ADMINISTRATOR_PROFILE = make_id("00e", 1)
STANDARD_PROFILE = make_id("00e", 2)
_USERS = (
    ("Act-On", "Connector", INTEGRATION_USERNAME, "connect", "Integration"),
    ("Maria", "García", "maria.garcia@acme.example", "mgarcia", "Account Executive"),
    ("James", "O'Neill", "james.oneill@acme.example", "joneill", "Account Executive"),
    ("Yuki", "Tanaka", "yuki.tanaka@acme.example", "ytanaka", "Sales Manager"),
    ("Anneliese", "Müller", "anneliese.mueller@acme.example", "amueller", "Account Executive"),
    ("Kwame", "Mensah", "kwame.mensah@acme.example", "kmensah", "Sales Development"),
)


def plant_foundation(connection: sqlite3.Connection) -> list[str]:
    """Add what every organisation has; return the users' ids, the integration user first."""
    user_ids = [make_id("005", number) for number in range(1, len(_USERS) + 1)]
    audit = {
        "CreatedDate": BORN,
        "LastModifiedDate": BORN,
        "SystemModstamp": BORN,
        "CreatedById": user_ids[0],
        "LastModifiedById": user_ids[0],
    }
    _add(connection, "Organization", 1, {**_organisation(), **audit})
    for number, name in enumerate(("System Administrator", "Standard User"), start=1):
        _add(connection, "Profile", number, {"Name": name, "UserType": "Standard", **audit})
    for number, user in enumerate(_USERS, start=1):
        _add(connection, "User", number, {**_user(*user), **audit})
    plant_picklist_objects(
        lambda name, number, values: _add(connection, name, number, {**values, **audit})
    )
    return user_ids


def _organisation() -> dict[str, Any]:
    return {
        "Name": "Acme Example Ltd",
        "Country": "US",
        "Street": "1 Market Street",
        "City": "San Francisco",
        "State": "CA",
        "PostalCode": "94105",
        "PrimaryContact": "Maria García",
        "DefaultLocaleSidKey": "en_US",
        "TimeZoneSidKey": "America/Los_Angeles",
        "LanguageLocaleKey": "en_US",
        "FiscalYearStartMonth": 1,
        "DefaultAccountAccess": "Edit",
        "DefaultContactAccess": "ControlledByParent",
        "DefaultOpportunityAccess": "Edit",
        "DefaultLeadAccess": "ReadEditTransfer",
        "DefaultCampaignAccess": "All",
        "UiSkin": "Theme3",
        "SignupCountryIsoCode": "US",
        "OrganizationType": "Enterprise Edition",
        "InstanceName": "LOCAL1",
    }


def _user(first: str, last: str, username: str, alias: str, title: str) -> dict[str, Any]:
    integration = username == INTEGRATION_USERNAME
    profile_id = ADMINISTRATOR_PROFILE if integration else STANDARD_PROFILE
    return {
        "Username": username,
        "FirstName": first,
        "LastName": last,
        "CompanyName": "Acme Example Ltd",
        "Title": title,
        "Department": "Marketing" if integration else "Sales",
        "Email": username,
        "Alias": alias,
        "CommunityNickname": alias,
        "IsActive": 1,
        "TimeZoneSidKey": "America/Los_Angeles",
        "LocaleSidKey": "en_US",
        "LanguageLocaleKey": "en_US",
        "EmailEncodingKey": "UTF-8",
        "ProfileId": profile_id,
        "UserType": "Standard",
        "UserPermissionsMarketingUser": 1,
        "DigestFrequency": "D",
        "DefaultGroupNotificationFrequency": "N",
    }


def _add(connection: sqlite3.Connection, name: str, number: int, values: dict[str, Any]) -> None:
    """Insert a record as it is, keeping the fields that its object has."""
    sobject: SObject = load_catalogue().get(name)
    kept = {key: value for key, value in values.items() if sobject.has(key)}
    record = {"number": number, "Id": make_id(sobject.prefix, number), **kept}
    columns = ", ".join(map(quoted, record))
    marks = ", ".join("?" * len(record))
    connection.execute(
        " ".join(("INSERT INTO", quoted(name), f"({columns}) VALUES ({marks})")),
        tuple(record.values()),
    )
