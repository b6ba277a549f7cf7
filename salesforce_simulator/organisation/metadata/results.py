"""What is asked of a deployment, and what became of it."""

from dataclasses import dataclass, field
from enum import StrEnum


class Status(StrEnum):
    """Where a deployment or a retrieval stands."""

    PENDING = "Pending"
    IN_PROGRESS = "InProgress"
    SUCCEEDED = "Succeeded"
    SUCCEEDED_PARTIAL = "SucceededPartial"
    FAILED = "Failed"
    CANCELING = "Canceling"
    CANCELED = "Canceled"


UNFINISHED = frozenset({Status.PENDING, Status.IN_PROGRESS, Status.CANCELING})


@dataclass(frozen=True)
class DeployOptions:
    """The options of a deployment, with the API's names and defaults."""

    allow_missing_files: bool = False
    auto_update_package: bool = False
    check_only: bool = False
    ignore_warnings: bool = False
    perform_retrieve: bool = False
    purge_on_delete: bool = False
    rollback_on_error: bool = True
    single_package: bool = False
    test_level: str | None = None
    run_tests: tuple[str, ...] = ()


@dataclass(frozen=True)
class DeployMessage:
    """What became of one component."""

    full_name: str
    file_name: str
    component_type: str
    success: bool
    changed: bool = False
    created: bool = False
    deleted: bool = False
    id: str | None = None
    problem: str | None = None
    problem_type: str | None = None
    line: int | None = None
    column: int | None = None


@dataclass(frozen=True)
class DeployJob:
    """One deployment, from its request to its result."""

    id: str
    created_by: str
    created_by_name: str
    created_at: str
    modified_at: str
    options: DeployOptions = field(default_factory=DeployOptions)
    status: Status = Status.PENDING
    started_at: str | None = None
    completed_at: str | None = None
    canceled_by: str | None = None
    canceled_by_name: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    state_detail: str | None = None
    total: int = 0
    deployed: int = 0
    errors: int = 0
    messages: tuple[DeployMessage, ...] = ()

    @property
    def done(self) -> bool:
        """Tell whether it has come to its end."""
        return self.status not in UNFINISHED

    @property
    def success(self) -> bool:
        """Tell whether everything, or with partial saves something, was deployed."""
        return self.status in {Status.SUCCEEDED, Status.SUCCEEDED_PARTIAL}


@dataclass(frozen=True)
class FileProperties:
    """What is known of a component beside its definition."""

    id: str
    type: str
    full_name: str
    file_name: str
    created_at: str
    created_by: str
    created_by_name: str
    modified_at: str
    modified_by: str
    modified_by_name: str


@dataclass(frozen=True)
class RetrieveRequest:
    """What a retrieval asks for; `members` are the names by type, as in `package.xml`."""

    members: dict[str, list[str]]
    version: str
    single_package: bool = True


@dataclass(frozen=True)
class RetrieveJob:
    """One retrieval; its zip is kept beside it."""

    id: str
    created_by: str
    created_at: str
    request: RetrieveRequest
    status: Status = Status.PENDING
    error_code: str | None = None
    error_message: str | None = None
    properties: tuple[FileProperties, ...] = ()
    messages: tuple[tuple[str, str], ...] = ()

    @property
    def done(self) -> bool:
        """Tell whether it has come to its end."""
        return self.status not in UNFINISHED


@dataclass(frozen=True)
class SaveOutcome:
    """What became of one record of createMetadata() and its like."""

    full_name: str
    success: bool = True
    created: bool = False
    id: str | None = None
    code: str | None = None
    message: str | None = None
