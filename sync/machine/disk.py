"""The disk of this server: how full it is, and what a full one looks like from here (F83)."""

import errno
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import structlog
from django.conf import settings

log = structlog.get_logger(__name__)

DISK_FULL = (
    "The application's disk or database had no room for the next page. Nothing of it was kept; the "
    "run goes on at that page when there is room."
)
ADVICE = "Let whoever runs the application free space, then run the sync again."

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_POSTGRESQL_DISK_FULL = "53100"
_SQLITE_FULL = "SQLITE_FULL"


@dataclass(frozen=True)
class FullDisk:
    """A folder of ours whose disk is used beyond the alarm's share."""

    folder: str
    used: float

    @property
    def percent(self) -> int:
        """The used part, as people read it."""
        return int(self.used * 100)


def find_full_disk() -> FullDisk | None:
    """Return the fuller of the disks that we write to, when it is used beyond the alarm's share.

    A database on another server, and the disks of other workers, are not seen from here.
    """
    folders = {str(settings.VAR_DIR), tempfile.gettempdir()}
    fullest = max((FullDisk(folder, _used(folder)) for folder in folders), key=lambda d: d.used)
    return fullest if fullest.used >= settings.DISK_ALARM_SHARE else None


def warn_of_full_disk() -> None:
    """Write to the log when a disk fills up, each time it is asked."""
    if disk := find_full_disk():
        log.error("disk.filling_up", folder=disk.folder, percent=disk.percent)


def is_no_room(error: BaseException) -> bool:
    """Tell whether an error, or what caused it, is that a disk or a quota is full."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno in _NO_ROOM:
            return True
        if getattr(cause, "sqlstate", None) == _POSTGRESQL_DISK_FULL:
            return True
        if getattr(cause, "sqlite_errorname", None) == _SQLITE_FULL:
            return True
        cause = cause.__cause__
    return False


def _used(folder: str) -> float:
    try:
        disk = shutil.disk_usage(Path(folder))
    except OSError:
        return 0.0
    # As df does: what is kept for root is neither used nor free.
    return disk.used / ((disk.used + disk.free) or 1)
