"""Pages of records as Bulk API 2.0 writes them, and plans that read them."""

from collections.abc import Iterator, Sequence

from lists.models import MarketingList
from lists.records import PullColumn, PullPlan

FIELDS = ("Email", "LastName", "Notes__c")
OWNER = "005000000000001AAA"
RUN_ID = 7


def lead_id(number: int) -> str:
    """Return the 18-character id of a lead; of its letters only the Q is a capital."""
    return f"00Q{number:012d}EAA"


def lead(number: int, *values: str, owner: str = OWNER) -> tuple[str, ...]:
    """Return a row in the order Id, OwnerId, FIELDS."""
    return (lead_id(number), owner, *values)


def render(
    rows: Sequence[Sequence[str]], header: Sequence[str] = ("Id", "OwnerId", *FIELDS)
) -> bytes:
    """Return a page's bytes: every cell quoted, quotes doubled, lines ended by LF."""
    lines = (",".join(map(_quote, row)) + "\n" for row in (header, *rows))
    return "".join(lines).encode("utf-8", "surrogatepass")


def _quote(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


def cut(body: bytes, size: int = 7) -> Iterator[bytes]:
    """Give a body in small chunks."""
    return (body[start : start + size] for start in range(0, len(body), size))


def plan_for(marketing_list: MarketingList, **changes: object) -> PullPlan:
    """Return a plan that adds and updates everything of FIELDS."""
    values: dict[str, object] = {
        "account_id": marketing_list.account_id,
        "list_id": marketing_list.pk,
        "run_id": RUN_ID,
        "columns": tuple(PullColumn(field, field) for field in FIELDS),
        "email_key": "Email",
        "add_new": True,
        "update_keys": frozenset(FIELDS),
        "remember_seen": False,
    }
    return PullPlan(**{**values, **changes})  # type: ignore[arg-type]  # a test's own choice of fields
