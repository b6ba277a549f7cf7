"""API versions: three a year, each retired some years later."""

from salesforce_simulator.organisation.policies import Policies

OLDEST = Policies().oldest_api_version
CURRENT = 68
_FIRST_EVER = 20  # REST began with Winter '11

_WINTER_2015 = 32
_SEASONS = ("Winter", "Spring", "Summer")


def label(version: int) -> str:
    """Return the release name of a version: 68 is ``Winter '27``."""
    year, season = divmod(version - _WINTER_2015, len(_SEASONS))
    return f"{_SEASONS[season]} '{15 + year}"


def catalogue(oldest: int = OLDEST) -> list[dict[str, str]]:
    """Return the body of GET /services/data."""
    return [
        {"label": label(n), "url": f"/services/data/v{n}.0", "version": f"{n}.0"}
        for n in range(oldest, CURRENT + 1)
    ]


def is_supported(version: str, oldest: int = OLDEST) -> bool:
    """Tell whether a version such as ``60.0`` is served."""
    return _number(version) in range(oldest, CURRENT + 1)


def is_retired(version: str, oldest: int = OLDEST) -> bool:
    """Tell whether a version was served once."""
    return _number(version) in range(_FIRST_EVER, oldest)


def _number(version: str) -> int:
    whole, _, fraction = version.partition(".")
    return int(whole) if fraction == "0" and whole.isdigit() else -1
