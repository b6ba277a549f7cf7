"""Random conditions: each as SOQL and as a function that tells whether a record fits."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from hypothesis import strategies as st

from tests.salesforce_simulator.soql.evaluation import (
    CLOCK_PARTS,
    COMPARE,
    NUMBERING,
    PARTS,
    Moment,
    Record,
    Relative,
    equal,
    like,
    read,
    reading,
)
from tests.salesforce_simulator.soql.world import EMAILS, NUMBERS, REVENUES, STATUSES, TEXTS

TEXT, NUMBER, REVENUE, DATE, TIME, FLAG, ID = (
    "text",
    "number",
    "revenue",
    "date",
    "time",
    "flag",
    "id",
)
FIELDS: dict[str, dict[str, str]] = {
    "Lead": {
        "FirstName": TEXT, "LastName": TEXT, "Company": TEXT, "City": TEXT, "Email": TEXT,
        "Status": TEXT, "NumberOfEmployees": NUMBER, "AnnualRevenue": REVENUE,
        "IsUnreadByOwner": FLAG, "EmailBouncedDate": TIME, "Id": ID, "OwnerId": ID,
        "Owner.Name": TEXT, "Owner.Type": TEXT, "Owner.Email": TEXT,
    },
    "Account": {"Name": TEXT, "NumberOfEmployees": NUMBER, "Id": ID, "Owner.Name": TEXT},
    "Contact": {
        "FirstName": TEXT, "LastName": TEXT, "Email": TEXT, "Birthdate": DATE,
        "EmailBouncedDate": TIME, "AccountId": ID, "Account.Name": TEXT,
        "Account.NumberOfEmployees": NUMBER, "Account.Owner.Name": TEXT, "Id": ID,
    },
    "CampaignMember": {
        "FirstName": TEXT, "Email": TEXT, "Type": TEXT, "Status": TEXT, "LeadId": ID,
        "Lead.City": TEXT, "Lead.Owner.Name": TEXT, "Lead.EmailBouncedDate": TIME,
        "Lead.IsUnreadByOwner": FLAG, "Contact.Account.Name": TEXT, "Contact.Birthdate": DATE,
        "Contact.Account.Owner.Name": TEXT, "Campaign.Name": TEXT, "Campaign.StartDate": DATE,
        "Id": ID,
    },
}  # fmt: skip
ANY_TEXT = (*TEXTS, *EMAILS, *STATUSES, "User", "Lead", "Sent", "nobody has this")
ORDERS = ("=", "!=", "<", "<=", ">", ">=")


@dataclass(frozen=True)
class Filter:
    """A condition; `holds` takes a record and when and where it is asked."""

    soql: str
    holds: Callable[[Record, Moment], bool]


def quoted(text: str) -> str:
    """Return a text as a literal."""
    escapes = {"\\": "\\\\", "'": "\\'", '"': '\\"', "\n": "\\n"}
    return "'" + "".join(escapes.get(character, character) for character in text) + "'"


def literal(value: Any) -> str:
    """Return any value as a literal."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    return quoted(value) if isinstance(value, str) else str(value)


def _values(world: Any, sobject: str, path: str, kind: str) -> st.SearchStrategy[Any]:
    """Return values to compare a field with: those that occur, and a few others."""
    found = [read(row, path) for row in world.rows[sobject]]
    occurring = st.sampled_from([value for value in found if value is not None])
    others = {TEXT: ANY_TEXT, NUMBER: NUMBERS, REVENUE: REVENUES, FLAG: (True, False)}.get(kind)
    return st.one_of(occurring, st.sampled_from(others)) if others else occurring


def _plain(path: str, operator: str, value: Any) -> Filter:
    return Filter(
        f"{path} {operator} {literal(value)}",
        lambda row, _moment: COMPARE[operator](read(row, path), value),
    )


def _other_case(path: str, operator: str, value: str) -> Filter:
    return _plain(path, operator, value.swapcase())


def _null(path: str, negated: bool) -> Filter:
    return Filter(
        f"{path} {'!=' if negated else '='} null",
        lambda row, _moment: (read(row, path) is None) != negated,
    )


def _among(path: str, values: list[Any], negated: bool) -> Filter:
    listed = ", ".join(map(literal, values))
    return Filter(
        f"{path} {'NOT ' if negated else ''}IN ({listed})",
        lambda row, _moment: any(equal(read(row, path), value) for value in values) != negated,
    )


def _like(path: str, pieces: list[tuple[str, bool]]) -> Filter:
    """Make a pattern of texts and wildcards, each piece marked as the one or the other."""

    def written(piece: tuple[str, bool]) -> str:
        text, wild = piece
        return text if wild else quoted(text)[1:-1].replace("%", "\\%").replace("_", "\\_")

    pattern = "".join(map(written, pieces))
    return Filter(f"{path} LIKE '{pattern}'", lambda row, _moment: like(read(row, path), pieces))


def _day(path: str, operator: str, chosen: Relative) -> Filter:
    return Filter(
        f"{path} {operator} {chosen.soql}",
        lambda row, moment: chosen.holds(operator, read(row, path), moment),
    )


def _part(path: str, kind: str, name: str, local: bool, operator: str, wanted: int) -> Filter:
    inner = f"convertTimezone({path})" if local and kind == TIME else path

    def holds(row: Record, moment: Moment) -> bool:
        value = read(row, path)
        if value is not None and kind == TIME:
            value = reading(value, moment, local=local)
        found = None if value is None else PARTS[name](value)
        return COMPARE[operator](found, wanted)

    return Filter(f"{name}({inner}) {operator} {wanted}", holds)


def _day_only(path: str, local: bool, operator: str, wanted: date) -> Filter:
    inner = f"convertTimezone({path})" if local else path

    def holds(row: Record, moment: Moment) -> bool:
        value = read(row, path)
        found = value and CLOCK_PARTS["DAY_ONLY"](reading(value, moment, local=local))
        return COMPARE[operator](found, wanted)

    return Filter(f"DAY_ONLY({inner}) {operator} {literal(wanted)}", holds)


@st.composite
def relatives(draw: st.DrawFn) -> Relative:
    """Return date literals of all units, with numbers and without."""
    unit = draw(st.sampled_from(list(NUMBERING)))
    n = draw(st.integers(1, 40))
    counted = [
        Relative(f"LAST_N_{unit}S:{n}", unit, -n, 0 if unit == "DAY" else -1),
        Relative(f"NEXT_N_{unit}S:{n}", unit, 1, n),
        Relative(f"N_{unit}S_AGO:{n}", unit, -n, -n),
    ]
    if unit == "DAY":
        counted[0] = Relative(f"LAST_N_DAYS:{n}", unit, 1 - n, 0)
        plain = [("TODAY", 0, 0), ("YESTERDAY", -1, -1), ("TOMORROW", 1, 1),
                 ("LAST_90_DAYS", -89, 0), ("NEXT_90_DAYS", 1, 90)]  # fmt: skip
    else:
        plain = [(f"{word}_{unit}", step, step) for word, step in
                 (("LAST", -1), ("THIS", 0), ("NEXT", 1))]  # fmt: skip
    return draw(st.sampled_from([*counted, *(Relative(w, unit, a, b) for w, a, b in plain)]))


@cache
def day_filters(sobject: str) -> st.SearchStrategy[Filter]:
    """Return comparisons of an object's dates and datetimes with date literals."""
    paths = [path for path, kind in FIELDS[sobject].items() if kind in {DATE, TIME}]
    return st.builds(_day, st.sampled_from(paths), st.sampled_from(ORDERS), relatives())


WILD = [("%", True), ("_", True)]
TAME = [
    (text, False)
    for text in ("%", "_", "a", "B", "ä", "Ë", "\\", "'", "ab", "party", "n", "日", "*", "?", "\n")
]


def atoms(world: Any, sobject: str) -> st.SearchStrategy[Filter]:
    """Return single comparisons of an object's fields and of its parents'."""
    return st.one_of(
        *(_of_field(world, sobject, path, kind) for path, kind in FIELDS[sobject].items())
    )


def _of_field(world: Any, sobject: str, path: str, kind: str) -> st.SearchStrategy[Filter]:
    here = st.just(path)
    values = _values(world, sobject, path, kind)
    operators = st.sampled_from(ORDERS[:2] if kind == FLAG else ORDERS)
    choices = [st.builds(_plain, here, operators, values)]
    if kind != FLAG:
        listed = st.lists(st.one_of(st.none(), values), min_size=1, max_size=5)
        choices.append(st.builds(_among, here, listed, st.booleans()))
        choices.append(st.builds(_null, here, st.booleans()))
    if kind == TEXT:
        choices.append(st.builds(_other_case, here, operators, values))
        pieces = st.lists(st.sampled_from(WILD * 4 + TAME), min_size=1, max_size=4)
        choices.append(st.builds(_like, here, pieces))
    if kind in {DATE, TIME}:
        choices.append(st.builds(_day, here, operators, relatives()))
        names = st.sampled_from(list(PARTS))
        numbers = st.one_of(st.integers(1, 53), st.integers(2023, 2029))
        choices.append(
            st.builds(_part, here, st.just(kind), names, st.booleans(), operators, numbers)
        )
    if kind == TIME:
        days = values.map(lambda value: value.date())
        choices.append(st.builds(_day_only, here, st.booleans(), operators, days))
    return st.one_of(*choices)


def _joined(word: str, parts: list[Filter]) -> Filter:
    test = all if word == "AND" else any
    return Filter(
        "(" + f" {word} ".join(part.soql for part in parts) + ")",
        lambda row, moment: test([part.holds(row, moment) for part in parts]),
    )


def _negated(part: Filter) -> Filter:
    return Filter(f"(NOT {part.soql})", lambda row, moment: not part.holds(row, moment))


@cache
def filters(world: Any, sobject: str) -> st.SearchStrategy[Filter]:
    """Return conditions with AND, OR and NOT."""
    return st.recursive(
        atoms(world, sobject),
        lambda inner: st.one_of(
            st.builds(
                _joined, st.sampled_from(["AND", "OR"]), st.lists(inner, min_size=2, max_size=3)
            ),
            st.builds(_negated, inner),
        ),
        max_leaves=5,
    )
