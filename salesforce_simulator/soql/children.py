"""Sub-queries on the children of records: which object they are about, and how deep they go."""

from salesforce_simulator.organisation.catalogue import Catalogue, SObject
from salesforce_simulator.organisation.catalogue.model import ChildRelationship
from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.soql.errors import query_error
from salesforce_simulator.soql.nodes import Query
from salesforce_simulator.soql.scope import SEE_DESCRIBE
from salesforce_simulator.soql.select import Items, kind_of

MOST_CHILDREN = 20
DEEP_SINCE = 58.0
_SHALLOW, _DEEP = 1, 4


def levels(version: float) -> int:
    """Return how many levels of children an API version has below the root."""
    return _DEEP if version >= DEEP_SINCE else _SHALLOW


def check_children(items: Items, text: str) -> None:
    """Refuse more sub-queries than a query may have."""
    found = [item for item in items if isinstance(item, Query)]
    if len(found) > MOST_CHILDREN:
        raise query_error(
            "MALFORMED_QUERY",
            f"SOQL statements cannot have more than {MOST_CHILDREN} child relationships",
            text,
            found[MOST_CHILDREN].at,
        )


def find_link(catalogue: Catalogue, parent: SObject, query: Query, text: str) -> ChildRelationship:
    """Return the relationship that a sub-query's FROM names.

    Raises INVALID_TYPE when there is none, and MALFORMED_QUERY when the sub-query
    groups or counts.
    """
    wanted = query.sobject.lower()
    links = catalogue.children(parent.name)
    link = next((link for link in links if link.name and link.name.lower() == wanted), None)
    if link is None:
        raise query_error(
            "INVALID_TYPE",
            f"Didn't understand relationship '{query.sobject}' in FROM part of query call. If you"
            " are attempting to use a custom relationship, be sure to append the '__r' after the"
            f" custom relationship name. {SEE_DESCRIBE}",
            text,
            query.sobject_at,
        )
    if kind_of(query) != "records":
        raise query_error(
            "MALFORMED_QUERY",
            "only root queries support aggregate expressions",
            text,
            query.select[0].at,
        )
    return link


def too_deep(query: Query, allowed: int, text: str) -> SalesforceError:
    """Return the refusal of a sub-query that is too far from the root."""
    plural = "" if allowed == 1 else "s"
    return query_error(
        "MALFORMED_QUERY",
        f"SOQL statements cannot query aggregate relationships more than {allowed} level{plural}"
        " away from the root entity object.",
        text,
        query.at,
    )
