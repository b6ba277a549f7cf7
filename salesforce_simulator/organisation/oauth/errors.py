"""Refusals of the OAuth endpoints."""

from urllib.parse import urlencode


class OAuthError(Exception):
    """A refusal with OAuth's `error` and Salesforce's `error_description`."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.description = description


class RedirectedError(OAuthError):
    """A refusal that the browser carries back to the app's callback URL."""

    def __init__(self, error: str, description: str, redirect_uri: str, state: str | None) -> None:
        super().__init__(error, description)
        self.location = with_parameters(
            redirect_uri, {"error": error, "error_description": description, "state": state}
        )


def with_parameters(url: str, parameters: dict[str, str | None]) -> str:
    """Return a callback URL with parameters added; those that are None are left out."""
    given = {name: value for name, value in parameters.items() if value is not None}
    return url + ("&" if "?" in url else "?") + urlencode(given)


def unknown_client() -> OAuthError:
    """Return the answer to a consumer key that no app has."""
    return OAuthError("invalid_client_id", "client identifier invalid")


def redirect_mismatch() -> OAuthError:
    """Return the answer to a callback URL that the app does not have."""
    return OAuthError("redirect_uri_mismatch", "redirect_uri must match configuration")


def app_blocked() -> OAuthError:
    """Return the answer to an app that an administrator has blocked."""
    return OAuthError("invalid_app_access", "this app is blocked by admin")
