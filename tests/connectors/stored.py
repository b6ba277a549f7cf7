"""What stands in the database, past every model."""

from django.db import connection as database


def stored_secrets() -> tuple[str, str, str]:
    """Return password, security token and session of the one connection as they are stored."""
    with database.cursor() as cursor:
        cursor.execute("SELECT password, security_token, session_id FROM connectors_connection")
        (row,) = cursor.fetchall()
    return row
