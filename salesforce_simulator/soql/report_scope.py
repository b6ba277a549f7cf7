"""Which reports a query sees: those of open folders, or with a scope the private ones.

USING SCOPE allPrivate finds the reports in the private folders of all users and no
others. A private report is owned by its user, any other by its folder.
"""

from salesforce_simulator.soql.sources import Source

ALL_PRIVATE = "allprivate"
_PRIVATE = "substr({owner}, 1, 3) = '005'"
_OPEN = (
    "substr({owner}, 1, 3) <> '005' AND {owner} NOT IN"
    " (SELECT Id FROM Folder WHERE AccessType = 'Hidden' AND CreatedById <> ?)"
)


def report_condition(
    root: Source, scope: str | None, user_id: str
) -> tuple[list[str], list[object]]:
    """Return the conditions that the reports of a query fulfil, with their parameters.

    Reports that a scope such as `mine` asks for are its owner's in any folder.
    """
    owner = f"{root.alias}.OwnerId"
    if scope is None or scope == "everything":
        return [_OPEN.format(owner=owner)], [user_id]
    if scope == ALL_PRIVATE:
        return [_PRIVATE.format(owner=owner)], []
    return [], []
