"""The apps that may log users in: External Client Apps and connected apps."""

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

import orjson
from cryptography import x509

from salesforce_simulator.organisation.database import Database
from salesforce_simulator.organisation.ids import make_id
from salesforce_simulator.organisation.oauth.scopes import SCOPES
from salesforce_simulator.organisation.tokens import new_token

_APPLICATION_PREFIX = "0H4"
_DEFAULT_SCOPES = ("api", "refresh_token", "openid", "id", "web", "full")
_LISTS = frozenset({"callback_urls", "scopes", "approved_by"})


def new_consumer_key() -> str:
    """Return a consumer key; Salesforce's begin with the same characters too."""
    return "3MVG9" + new_token(60)


def new_consumer_secret() -> str:
    """Return a consumer secret."""
    return secrets.token_hex(32).upper()


@dataclass(frozen=True)
class App:
    """An app as it is set up in an organisation.

    `admin_approved` turns the policy from "all users may self-authorize" to
    "admin approved users are pre-authorized": those whose profile or permission
    set is in `approved_by` need not agree, nobody else may. `run_as` is the
    user name behind the client credentials flow; without one there is none.
    `certificate` (PEM) verifies JWT bearer assertions. An app in the canvas has
    a `canvas_url`. Secret, PKCE and rotation flags bear the names that Setup
    gives them; a partner's app has to have PKCE and rotation.
    """

    name: str
    client_id: str = field(default_factory=new_consumer_key)
    client_secret: str = field(default_factory=new_consumer_secret)
    callback_urls: tuple[str, ...] = ()
    scopes: tuple[str, ...] = _DEFAULT_SCOPES
    pkce_required: bool = True
    secret_required: bool = True
    secret_required_for_refresh: bool = True
    rotates_refresh_tokens: bool = False
    admin_approved: bool = False
    approved_by: tuple[str, ...] = ()
    run_as: str | None = None
    certificate: str | None = None
    canvas_url: str | None = None
    blocked: bool = False
    number: int = 0

    @property
    def id(self) -> str:
        """The id of the app's record."""
        return make_id(_APPLICATION_PREFIX, self.number)


class Apps:
    """The registered apps of one organisation."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def register(self, **definition: Any) -> App:
        """Add an app and return it, with its consumer key and secret.

        `definition` has the fields of `App`; ValueError for an unknown field, a
        wrong value, or a name or consumer key that another app has.
        """
        if "name" not in definition:
            raise ValueError("an app needs a name")
        with self._database.writer() as connection:
            taken = connection.execute("SELECT max(rowid) FROM org_app").fetchone()[0] or 0
            app = _checked(App(str(definition["name"]), number=taken + 1), definition)
            if self.find(app.client_id) or self.find_named(app.name):
                raise ValueError(f"there is an app {app.name} already")
            connection.execute(
                "INSERT INTO org_app VALUES (?, ?, ?)", (app.client_id, app.name, _text(app))
            )
        return app

    def find(self, client_id: str) -> App | None:
        """Return the app with a consumer key, or None."""
        return self._one("client_id", client_id)

    def find_named(self, name: str) -> App | None:
        """Return the app of a name, in any case of letters, or None."""
        return self._one("name", name)

    def _one(self, column: str, value: str) -> App | None:
        with self._database.reader() as connection:
            row = connection.execute(
                f"SELECT definition FROM org_app WHERE {column} = ?",  # noqa: S608 - two callers above
                (value,),
            ).fetchone()
        return _app(row[0]) if row else None

    def list(self) -> list[App]:
        """Return all apps, the oldest first."""
        with self._database.reader() as connection:
            rows = connection.execute("SELECT definition FROM org_app ORDER BY rowid").fetchall()
        return [_app(row[0]) for row in rows]

    def change(self, client_id: str, **changes: Any) -> App:
        """Change an app and return it; what is blocked loses its sessions.

        LookupError when no app has the consumer key; ValueError as in `register`.
        """
        app = self.find(client_id)
        if app is None:
            raise LookupError(f"no app has the consumer key {client_id}")
        changed = _checked(app, {name: v for name, v in changes.items() if name != "client_id"})
        with self._database.writer() as connection:
            connection.execute(
                "UPDATE org_app SET name = ?, definition = ? WHERE client_id = ?",
                (changed.name, _text(changed), client_id),
            )
            if changed.blocked:
                connection.execute(
                    "DELETE FROM org_login_session WHERE client_id = ?", (client_id,)
                )
        return changed

    def remove(self, client_id: str) -> None:
        """Uninstall an app with all that users have approved; an unknown one is no error."""
        with self._database.writer() as connection:
            for table in ("org_app", "org_approval", "org_login_session"):
                connection.execute(
                    f"DELETE FROM {table} WHERE client_id = ?",  # noqa: S608 - three names above
                    (client_id,),
                )


def _app(text: str) -> App:
    values: dict[str, Any] = orjson.loads(text)
    values |= {name: tuple(values[name]) for name in _LISTS}
    return App(**values)


def _text(app: App) -> str:
    return orjson.dumps(asdict(app)).decode()


def _checked(app: App, changes: dict[str, Any]) -> App:
    known = {item.name for item in fields(App)} - {"number"}
    values: dict[str, Any] = {}
    for name, value in changes.items():
        if name not in known:
            raise ValueError(f"an app has no {name}")
        values[name] = tuple(value) if name in _LISTS else value
        if name in _LISTS and (isinstance(value, str) or not _are_texts(value)):
            raise ValueError(f"{name} is a list of texts")
        if isinstance(getattr(app, name), bool) and value not in {True, False}:
            raise ValueError(f"{name} is true or false")
    changed = replace(app, **values)
    unknown = set(changed.scopes) - SCOPES.keys()
    if unknown:
        raise ValueError(f"there is no scope {', '.join(sorted(unknown))}")
    if changed.certificate is not None:
        x509.load_pem_x509_certificate(changed.certificate.encode())
    return changed


def _are_texts(values: Sequence[object]) -> bool:
    return all(isinstance(value, str) for value in values)
