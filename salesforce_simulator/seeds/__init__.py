"""What a new organisation holds: `demo`, or `leads:N[,contacts:M]`.

Both are the same each time but for passwords, which are made by chance.
"""

import re
import secrets
import sqlite3

from salesforce_simulator.organisation.customisation import Customisation
from salesforce_simulator.organisation.database import Database
from salesforce_simulator.seeds.access import plant_access
from salesforce_simulator.seeds.demo import plant_demo
from salesforce_simulator.seeds.foundation import INTEGRATION_USERNAME, plant_foundation
from salesforce_simulator.seeds.package import install_package
from salesforce_simulator.seeds.reports import plant_reports
from salesforce_simulator.seeds.volume import plant_contacts, plant_leads

_VOLUME = re.compile(r"leads:(\d+)(?:,contacts:(\d+))?")


def plant(database: Database, customisation: Customisation, seed: str) -> str:
    """Fill an empty organisation and return the integration user's name.

    Raises ValueError for a seed of another form, before anything is written.
    """
    volume = _VOLUME.fullmatch(seed)
    if seed != "demo" and volume is None:
        raise ValueError(f"unknown seed {seed!r}: use demo or leads:N[,contacts:M]")
    with database.writer() as connection:
        user_ids = plant_foundation(connection)
        plant_missing(connection, customisation)
        connection.executemany(
            "INSERT INTO org_password (user_id, password, security_token) VALUES (?, ?, ?)",
            [(user, secrets.token_urlsafe(12), secrets.token_urlsafe(18)) for user in user_ids],
        )
        if volume is None:
            plant_demo(connection, customisation.catalogue, user_ids)
        else:
            plant_leads(connection, int(volume[1]), user_ids[1:])
            plant_contacts(connection, int(volume[2] or 0), user_ids[1:])
    return INTEGRATION_USERNAME


def plant_missing(connection: sqlite3.Connection, customisation: Customisation) -> None:
    """Add package, permissions and reports, also to an organisation made before there were any."""
    if connection.execute("SELECT 1 FROM PermissionSet").fetchone() is None:
        install_package(customisation)
        plant_access(connection, customisation.catalogue)
    if connection.execute("SELECT 1 FROM org_report").fetchone() is None:
        plant_reports(connection, customisation.catalogue)
