"""Random queries over random records, compared with a plain evaluation in Python."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from salesforce_simulator.organisation.organisation import Organisation
from tests.salesforce_simulator.soql.evaluation import (
    CLOCK_PARTS,
    Moment,
    Record,
    aggregate,
    grouped,
    ordered,
    read,
    reading,
    sort_key,
)
from tests.salesforce_simulator.soql.random_filters import (
    DATE,
    FIELDS,
    FLAG,
    ID,
    NUMBER,
    REVENUE,
    TEXT,
    TIME,
    Filter,
    day_filters,
    filters,
)
from tests.salesforce_simulator.soql.world import ZONES, World

OBJECTS = tuple(FIELDS)
AT_NIGHT = timedelta(minutes=20)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    organisation = Organisation.open(tmp_path_factory.mktemp("random"), seed="leads:0")
    local = organisation.now().astimezone(ZoneInfo("Asia/Kolkata"))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    organisation.shift_clock((midnight + AT_NIGHT - local).total_seconds())
    yield World(organisation, seed=20_260_211)
    organisation.close()


def ask(world: World, soql: str, zone: str) -> tuple[list[Record], Moment]:
    """Run a query, and return its records and the moment at which it was asked."""
    before = world.moment(zone)
    result = world.organisation.query(soql, world.session(zone))
    records = list(result.records("60.0"))
    assume(world.moment(zone).today == before.today)
    if not soql.startswith("SELECT COUNT() "):
        assert result.total_size == len(records)
    return records, before


def shown(value: Any) -> Any:
    """Return a value as REST shows it."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    return value.isoformat() if isinstance(value, date) else value


def found(record: Record, path: str) -> Any:
    """Read a path of an answer, in which an absent parent is null."""
    return read(record, path)


def chosen(world: World, sobject: str, where: Filter | None, moment: Moment) -> list[Record]:
    rows = world.rows[sobject]
    return [row for row in rows if where is None or where.holds(row, moment)]


def clause(where: Filter | None) -> str:
    return f" WHERE {where.soql}" if where else ""


@given(st.data())
def test_records_and_their_order_are_those_of_a_plain_evaluation(world, data):
    sobject = data.draw(st.sampled_from(OBJECTS))
    paths = data.draw(st.lists(st.sampled_from(list(FIELDS[sobject])), min_size=1, unique=True))
    where = data.draw(st.none() | filters(world, sobject))
    keys = data.draw(_order_keys(sobject))
    limit = data.draw(st.none() | st.integers(0, 12))
    offset = data.draw(st.none() | st.integers(0, 12))
    zone = data.draw(st.sampled_from(ZONES))
    soql = f"SELECT {', '.join(paths)} FROM {sobject}{clause(where)} ORDER BY {_written(keys)}"
    soql += "" if limit is None else f" LIMIT {limit}"
    soql += "" if offset is None else f" OFFSET {offset}"
    records, moment = ask(world, soql, zone)
    rows = ordered(chosen(world, sobject, where, moment), keys)[offset or 0 :][:limit]
    expected = [[shown(read(row, path)) for path in paths] for row in rows]
    assert [[found(record, path) for path in paths] for record in records] == expected


def _order_keys(sobject: str) -> st.SearchStrategy[list[tuple[str, bool, bool]]]:
    """Return keys to sort by; the id is the last, so that there is one order."""
    paths = st.sampled_from(list(FIELDS[sobject]))
    key = st.tuples(paths, st.booleans(), st.booleans())
    return st.lists(key, max_size=2, unique_by=lambda item: item[0]).map(
        lambda keys: [*(k for k in keys if k[0] != "Id"), ("Id", False, False)]
    )


def _written(keys: list[tuple[str, bool, bool]]) -> str:
    return ", ".join(
        f"{path} {'DESC' if descending else 'ASC'} NULLS {'LAST' if last else 'FIRST'}"
        for path, descending, last in keys
    )


@given(st.data())
def test_count_is_that_of_a_plain_evaluation(world, data):
    sobject = data.draw(st.sampled_from(OBJECTS))
    where = data.draw(filters(world, sobject))
    zone = data.draw(st.sampled_from(ZONES))
    before = world.moment(zone)
    soql = f"SELECT COUNT() FROM {sobject}{clause(where)}"
    size = world.organisation.query(soql, world.session(zone)).total_size
    assume(world.moment(zone).today == before.today)
    assert size == len(chosen(world, sobject, where, before))


@given(st.data())
def test_date_literals_mean_the_days_of_the_user(world, data):
    sobject = data.draw(st.sampled_from(["Lead", "Contact", "CampaignMember"]))
    where = data.draw(day_filters(sobject))
    zone = data.draw(st.sampled_from(ZONES))
    records, moment = ask(world, f"SELECT Id FROM {sobject}{clause(where)}", zone)
    expected = {row["Id"] for row in chosen(world, sobject, where, moment)}
    assert {record["Id"] for record in records} == expected


@dataclass(frozen=True)
class Key:
    """A value to group by: a field, or a date function of one."""

    path: str
    function: str = ""
    local: bool = False

    @property
    def soql(self) -> str:
        inner = f"convertTimezone({self.path})" if self.local else self.path
        return f"{self.function}({inner})" if self.function else self.path

    def value(self, row: Record, moment: Moment) -> Any:
        value = read(row, self.path)
        if not self.function or value is None:
            return value
        return shown(CLOCK_PARTS[self.function](reading(value, moment, local=self.local)))


def _keys(sobject: str) -> st.SearchStrategy[Key]:
    kinds = FIELDS[sobject]
    plain = [Key(path) for path, kind in kinds.items() if kind in {TEXT, ID, DATE, FLAG}]
    times = [path for path, kind in kinds.items() if kind == TIME]
    choices = [st.sampled_from(plain)]
    if times:
        parts = st.sampled_from(list(CLOCK_PARTS))
        choices.append(st.builds(Key, st.sampled_from(times), parts, st.booleans()))
    return st.one_of(*choices)


def _aggregates(sobject: str) -> st.SearchStrategy[tuple[str, str]]:
    """Return functions of fields that take them."""
    numbers = {NUMBER: ("SUM", "AVG"), REVENUE: ("SUM", "AVG")}
    pairs = [
        (function, path)
        for path, kind in FIELDS[sobject].items() if kind != FLAG
        for function in ("COUNT", "COUNT_DISTINCT", "MIN", "MAX", *numbers.get(kind, ()))
    ]  # fmt: skip
    return st.sampled_from(pairs)


@given(st.data())
def test_groups_are_those_of_a_plain_evaluation(world, data):
    sobject = data.draw(st.sampled_from(OBJECTS))
    keys = data.draw(st.lists(_keys(sobject), min_size=1, max_size=3, unique_by=lambda k: k.soql))
    wanted = data.draw(st.lists(_aggregates(sobject), max_size=3))
    where = data.draw(st.none() | filters(world, sobject))
    least = data.draw(st.integers(0, 4))
    grouping = data.draw(st.sampled_from(["", "ROLLUP", "CUBE"]))
    zone = data.draw(st.sampled_from(ZONES))
    listed = ", ".join(key.soql for key in keys)
    selected = [f"{key.soql} k{place}" for place, key in enumerate(keys)]
    selected += [f"{name}({path}) a{place}" for place, (name, path) in enumerate(wanted)]
    soql = f"SELECT {', '.join(selected)} FROM {sobject}{clause(where)} GROUP BY "
    soql += f"{grouping}({listed})" if grouping else listed
    soql += f" HAVING COUNT(Id) >= {least}"
    records, moment = ask(world, soql, zone)
    rows = chosen(world, sobject, where, moment)
    expected: Counter[tuple[Any, ...]] = Counter()
    for kept in _sets(grouping, len(keys)):
        shown_keys = [key if place in kept else None for place, key in enumerate(keys)]
        for group in grouped(rows, lambda row, used=shown_keys: _values(used, row, moment)):
            if len(group) >= least:
                expected[(*_values(shown_keys, group[0], moment), *_totals(wanted, group))] += 1
    names = [*(f"k{n}" for n in range(len(keys))), *(f"a{n}" for n in range(len(wanted)))]
    answer = Counter(tuple(record[name] for name in names) for record in records)
    assert _folded(answer) == _folded(expected)


def _sets(grouping: str, size: int) -> list[set[int]]:
    """Return the sets of keys that a row may be grouped by."""
    if grouping == "ROLLUP":
        return [set(range(kept)) for kept in range(size, -1, -1)]
    if grouping == "CUBE":
        return [{n for n in range(size) if mask >> n & 1} for mask in range(2**size)]
    return [set(range(size))]


def _values(keys: list[Key | None], row: Record, moment: Moment) -> tuple[Any, ...]:
    return tuple(key.value(row, moment) if key else None for key in keys)


def _totals(wanted: list[tuple[str, str]], group: list[Record]) -> tuple[Any, ...]:
    return tuple(
        shown(aggregate(name, [read(row, path) for row in group])) for name, path in wanted
    )


def _folded(rows: Counter[tuple[Any, ...]]) -> Counter[tuple[Any, ...]]:
    """Return rows as they compare: any of a group's spellings may stand for it."""
    folded: Counter[tuple[Any, ...]] = Counter()
    for row, times in rows.items():
        folded[tuple(map(_plain, row))] += times
    return folded


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return sort_key(str(value))
    return round(value, 6) if isinstance(value, float) else shown(value)


@given(st.data())
def test_children_are_those_of_a_plain_evaluation(world, data):
    where = data.draw(st.none() | filters(world, "Account"))
    inner = data.draw(st.none() | filters(world, "Contact"))
    keys = data.draw(_order_keys("Contact"))
    limit = data.draw(st.none() | st.integers(1, 3))
    zone = data.draw(st.sampled_from(ZONES))
    sub = f"SELECT Id, Account.Name FROM Contacts{clause(inner)} ORDER BY {_written(keys)}"
    sub += "" if limit is None else f" LIMIT {limit}"
    records, moment = ask(world, f"SELECT Id, ({sub}) FROM Account{clause(where)}", zone)
    contacts = ordered(chosen(world, "Contact", inner, moment), keys)
    expected = {}
    for account in chosen(world, "Account", where, moment):
        own = [row for row in contacts if row["AccountId"] == account["Id"]][:limit]
        expected[account["Id"]] = [(row["Id"], account["Name"]) for row in own]
    assert {record["Id"]: _children(record["Contacts"]) for record in records} == expected


def _children(result: Record | None) -> list[tuple[str, str]]:
    if result is None:
        return []
    assert result["done"]
    assert result["totalSize"] == len(result["records"])
    return [(record["Id"], record["Account"]["Name"]) for record in result["records"]]


# (outer object, its field, inner object, its field)
JOINS = (
    ("Account", "Id", "Contact", "AccountId"),
    ("Contact", "AccountId", "Account", "Id"),
    ("Lead", "Id", "CampaignMember", "LeadId"),
    ("CampaignMember", "LeadId", "Lead", "Id"),
    ("Lead", "OwnerId", "Account", "OwnerId"),
)


@given(st.data())
def test_semi_joins_are_those_of_a_plain_evaluation(world, data):
    outer, left, inner, right = data.draw(st.sampled_from(JOINS))
    negated = data.draw(st.booleans())
    where, inside = data.draw(filters(world, outer)), data.draw(filters(world, inner))
    zone = data.draw(st.sampled_from(ZONES))
    sub = f"SELECT {right} FROM {inner} WHERE {inside.soql}"
    join = f"{left} {'NOT ' if negated else ''}IN ({sub})"
    records, moment = ask(world, f"SELECT Id FROM {outer} WHERE {join} AND {where.soql}", zone)
    ids = {read(row, right) for row in chosen(world, inner, inside, moment)} - {None}
    rows = [row for row in chosen(world, outer, where, moment) if (row[left] in ids) != negated]
    assert {record["Id"] for record in records} == {row["Id"] for row in rows}
