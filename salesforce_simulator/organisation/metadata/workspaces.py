"""Opens workspaces: one transaction each, whose catalogue comes into force when it commits."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy

from salesforce_simulator.organisation.clock import Clock
from salesforce_simulator.organisation.customisation import Customisation
from salesforce_simulator.organisation.database import Database
from salesforce_simulator.organisation.metadata.adoption import adopt
from salesforce_simulator.organisation.metadata.store import ComponentStore
from salesforce_simulator.organisation.metadata.workspace import Workspace
from salesforce_simulator.organisation.policies import PolicyStore


class Workspaces:
    """Lends workspaces on one organisation."""

    def __init__(
        self, database: Database, customisation: Customisation, clock: Clock, policies: PolicyStore
    ) -> None:
        self._database = database
        self._customisation = customisation
        self._clock = clock
        self._policies = policies
        with database.writer() as connection:
            ComponentStore.create_table(connection)

    @contextmanager
    def open(self, user_id: str) -> Iterator[Workspace]:
        """Lend a workspace; its changes are seen when the block ends, and none when it raises."""
        with self._database.writer() as connection:
            draft = copy(self._customisation)
            allowed = self._policies.current.connected_apps_creatable
            work = Workspace(connection, draft, user_id, self._clock.stamp(), allowed)
            adopt(work)
            yield work
        self._customisation.catalogue = draft.catalogue
