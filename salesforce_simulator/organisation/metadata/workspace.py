"""What one deployment works on: a transaction, and a draft of the catalogue.

Other users see the catalogue change when the transaction has been committed, and never before.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from salesforce_simulator.organisation.catalogue import Catalogue
from salesforce_simulator.organisation.customisation import Customisation
from salesforce_simulator.organisation.dml.transaction import Transaction, WriteOptions
from salesforce_simulator.organisation.layouts import Layouts
from salesforce_simulator.organisation.metadata.nodes import Node
from salesforce_simulator.organisation.metadata.problems import ComponentError
from salesforce_simulator.organisation.metadata.store import ComponentStore
from salesforce_simulator.organisation.oauth.apps import Apps

_NO_OPTIONS = WriteOptions()


@dataclass
class Workspace:
    """One transaction in a user's name at one moment."""

    connection: sqlite3.Connection
    customisation: Customisation
    user_id: str
    stamp: str
    apps: Apps
    layouts: Layouts
    connected_apps_creatable: bool = False

    def __post_init__(self) -> None:
        self.store = ComponentStore(self.connection)

    @property
    def catalogue(self) -> Catalogue:
        """Return the catalogue as it is so far."""
        return self.customisation.catalogue

    def transaction(self) -> Transaction:
        """Return what the writers of records need; the user's own field security is no matter."""
        return Transaction(
            connection=self.connection,
            catalogue=self.catalogue,
            visible=self.catalogue,
            user_id=self.user_id,
            stamp=self.stamp,
            options=_NO_OPTIONS,
        )

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Take back what one component has changed when it fails."""
        catalogue = self.customisation.catalogue
        self.connection.execute("SAVEPOINT component")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK TO component")
            self.customisation.catalogue = catalogue
            raise
        finally:
            self.connection.execute("RELEASE component")

    def exists(self, type_name: str, full_name: str) -> bool:
        """Tell whether there is such a component."""
        if type_name == "CustomObject":
            return self.catalogue.find(full_name) is not None
        if type_name == "CustomField":
            sobject = self.catalogue.find(full_name.partition(".")[0])
            return sobject is not None and sobject.has(full_name.partition(".")[2])
        return self.store.find(type_name, full_name) is not None

    def need(self, type_name: str, full_name: str, element: Node | None, field: str) -> None:
        """Raise ComponentError when a component that another one names is not there."""
        if not self.exists(type_name, full_name):
            at = element or Node("")
            message = f"In field: {field} - no {type_name} named {full_name} found"
            raise ComponentError(message, at.line, at.column)
