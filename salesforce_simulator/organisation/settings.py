"""Small facts about the organisation that are kept with its data."""

from salesforce_simulator.organisation.database import Database


class Settings:
    """Texts by name."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str) -> str | None:
        """Return the setting, or None."""
        with self._database.reader() as connection:
            row = connection.execute(
                "SELECT value FROM org_setting WHERE name = ?", (name,)
            ).fetchone()
        return str(row[0]) if row else None

    def require(self, name: str) -> str:
        """Return a setting that must be there; LookupError otherwise."""
        value = self.get(name)
        if value is None:
            raise LookupError(f"the organisation has no setting {name}")
        return value

    def put(self, name: str, value: str) -> None:
        """Set a setting."""
        with self._database.writer() as connection:
            connection.execute("INSERT OR REPLACE INTO org_setting VALUES (?, ?)", (name, value))
