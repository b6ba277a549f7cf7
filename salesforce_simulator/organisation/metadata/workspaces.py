"""Opens workspaces: one transaction each, whose catalogue comes into force when it commits."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from typing import Any

from salesforce_simulator.organisation.access import Access
from salesforce_simulator.organisation.clock import Clock
from salesforce_simulator.organisation.customisation import Customisation
from salesforce_simulator.organisation.database import Database
from salesforce_simulator.organisation.layouts import Layouts
from salesforce_simulator.organisation.metadata.adoption import adopt
from salesforce_simulator.organisation.metadata.json_form import to_json
from salesforce_simulator.organisation.metadata.store import ComponentStore
from salesforce_simulator.organisation.metadata.workspace import Workspace


class Workspaces:
    """Lends workspaces on one organisation."""

    def __init__(
        self,
        database: Database,
        customisation: Customisation,
        clock: Clock,
        access: Access,
        layouts: Layouts,
    ) -> None:
        self._database = database
        self._customisation = customisation
        self._clock = clock
        self._access = access
        self._layouts = layouts
        with database.writer() as connection:
            ComponentStore.create_table(connection)

    @contextmanager
    def open(self, user_id: str) -> Iterator[Workspace]:
        """Lend a workspace; its changes are seen when the block ends, and none when it raises."""
        with self._database.writer() as connection:
            draft = copy(self._customisation)
            before = draft.catalogue
            work = Workspace(
                connection=connection,
                customisation=draft,
                user_id=user_id,
                stamp=self._clock.stamp(),
                apps=self._access.apps,
                layouts=self._layouts,
                connected_apps_creatable=self._access.policies.current.connected_apps_creatable,
            )
            adopt(work)
            yield work
        if draft.catalogue is not before:
            self._customisation.catalogue = draft.catalogue

    def web_links(self, sobject: str) -> dict[str, dict[str, Any]]:
        """Return the buttons and links of an object by name, as JSON."""
        with self._database.reader() as connection:
            store = ComponentStore(connection)
            names = [name for name in store.names("WebLink") if name.startswith(f"{sobject}.")]
            found = [store.find("WebLink", name) for name in names]
        return {
            kept.component.full_name.partition(".")[2]: to_json(
                kept.component.definition, "WebLink"
            )
            for kept in found
            if kept is not None
        }
