"""What reports need of the organisation."""

from datetime import datetime
from typing import Protocol

from salesforce_simulator.organisation.catalogue import Catalogue
from salesforce_simulator.organisation.session import Session
from salesforce_simulator.soql.result import QueryResult


class Source(Protocol):
    """The organisation, as far as reports use it."""

    id: str
    name: str

    @property
    def catalogue(self) -> Catalogue:
        """Return all objects and fields."""

    def now(self) -> datetime:
        """Return the organisation's time."""

    def query(
        self, soql: str, session: Session, *, include_deleted: bool = False, bulk: bool = False
    ) -> QueryResult:
        """Run a query as a user."""

    def catalogue_for(self, session: Session) -> Catalogue:
        """Return the objects and fields that a user sees."""

    def permits(self, session: Session, permission: str) -> bool:
        """Tell whether a user has a permission such as `RunReports`."""

    def acting_as(self, user_id: str) -> Session:
        """Return a session value for work in a user's name."""
