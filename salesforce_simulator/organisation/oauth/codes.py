"""Authorization codes: each is good once, for fifteen minutes."""

from dataclasses import asdict, dataclass
from datetime import timedelta

import orjson

from salesforce_simulator.organisation.clock import Clock, to_stamp
from salesforce_simulator.organisation.database import Database
from salesforce_simulator.organisation.oauth.authorization import AuthorizationRequest
from salesforce_simulator.organisation.tokens import new_token

_LIFETIME = timedelta(minutes=15)


@dataclass(frozen=True)
class TakenCode:
    """What a code stood for."""

    user_id: str
    request: AuthorizationRequest
    is_expired: bool


class Codes:
    """The codes that were given out and not yet taken back."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def issue(self, user_id: str, request: AuthorizationRequest) -> str:
        """Return a new code for a user who has agreed."""
        code = "aPrx" + new_token(60)
        expires_at = to_stamp(self._clock.now() + _LIFETIME)
        with self._database.writer() as connection:
            connection.execute(
                "INSERT INTO org_authorization_code VALUES (?, ?, ?, ?)",
                (code, user_id, orjson.dumps(asdict(request)).decode(), expires_at),
            )
        return code

    def take(self, code: str, client_id: str) -> TakenCode | None:
        """Take an app's code back, for good; None when it is not one of this app's."""
        with self._database.writer() as connection:
            row = connection.execute(
                "SELECT user_id, request, expires_at FROM org_authorization_code WHERE code = ?",
                (code,),
            ).fetchone()
            if row is None:
                return None
            values = orjson.loads(row[1])
            if values["client_id"] != client_id:
                return None
            connection.execute("DELETE FROM org_authorization_code WHERE code = ?", (code,))
        request = AuthorizationRequest(**{**values, "scopes": tuple(values["scopes"])})
        return TakenCode(row[0], request, row[2] <= self._clock.stamp())
