"""The shapes of results and descriptions, key by key against recorded ones.

Older recordings have fewer keys than today's API; every key that a recording has is
here too, at its place and with a value of its type.
"""

import json

import pytest

from tests.salesforce_simulator.protocols.report_calls import ReportCalls
from tests.salesforce_simulator.recorded import recordings

FILTER = {"column": "CREATED_DATE", "operator": "greaterThan", "value": "2000-01-01"}
CONTACTS = {
    "name": "Like a recorded list",
    "reportType": {"type": "ContactList"},
    "detailColumns": ["SALUTATION", "FIRST_NAME", "ADDRESS2_STREET", "EMAIL", "ACCOUNT.NAME"],
    "reportFilters": [FILTER],
}
LEADS = {
    "name": "Like a recorded summary",
    "description": "By three levels",
    "reportType": {"type": "LeadList"},
    "detailColumns": ["LAST_NAME", "TITLE", "RATING", "ANNUAL_REVENUE", "CREATED_DATE"],
    "groupingsDown": [{"name": "LEAD_SOURCE"}, {"name": "STATUS"}, {"name": "RATING"}],
    "aggregates": ["s!ANNUAL_REVENUE", "RowCount"],
    "reportFilters": [FILTER],
}
DEALS = {
    "name": "Like a recorded matrix",
    "reportType": {"type": "Opportunity"},
    "detailColumns": ["OPPORTUNITY_NAME", "AMOUNT", "STAGE_NAME", "PROBABILITY", "FULL_NAME"],
    "groupingsDown": [{"name": "TYPE"}, {"name": "ACCOUNT_NAME"}],
    "groupingsAcross": [
        {"name": "FISCAL_QUARTER"},
        {"name": "CLOSE_DATE", "dateGranularity": "Month"},
    ],
    "aggregates": ["s!AMOUNT", "a!AMOUNT", "RowCount"],
    "reportFilters": [FILTER],
    "standardDateFilter": {"column": "CLOSE_DATE", "durationValue": "CUSTOM",
                           "startDate": "2026-01-01", "endDate": "2029-12-31"},
}  # fmt: skip
RUNS = {
    "cghall_tabular_basic": CONTACTS,
    "cghall_summary_basic_single_group": LEADS,
    "cghall_matrix_basic": DEALS,
    "cghall_matrix_complex": DEALS,
    "reportforce_tabular": DEALS,  # it says TABULAR and has the groups of a matrix
    "reportforce_summary": LEADS,
    "reportforce_matrix": DEALS,
}
DESCRIPTIONS = {
    "reportforce_tabular_metadata": {**DEALS, "reportBooleanFilter": "1"},
    "reportforce_summary_metadata": LEADS,
    "reportforce_matrix_metadata": {**DEALS, "reportBooleanFilter": "1"},
    "reportforce_sample_metadata": DEALS,
}
# Keys whose own keys are names of columns, groups or data types: one example stands for all.
BY_NAME = frozenset(
    {
        "factMap", "aggregateColumnInfo", "detailColumnInfo", "groupingColumnInfo", "columns",
        "dataTypeFilterOperatorMap", "standardFilterInfos", "picklistColors",
    }
)  # fmt: skip
# What differs on purpose, and why.
DIFFERENCES = {
    "reportExtendedMetadata.aggregateColumnInfo.*.acrossGroupingContext": "gone since v35",
    "reportExtendedMetadata.aggregateColumnInfo.*.downGroupingContext": "gone since v35",
    "reportMetadata.chart": "reports have no charts here",
    "reportMetadata.standardFilters[].column": "a recording that was filled in by hand",
    "reportMetadata.standardFilters[].filterType": "likewise; real ones have name and value",
    "reportMetadata.standardFilters[].isRunPageEditable": "likewise",
    "reportMetadata.standardFilters[].operator": "likewise",
    "reportTypeMetadata.objectRelationships[]": "only cross filters use it, which are not built",
    "reportMetadata.historicalSnapshotDates[]": "no historical trending",
}
# What we have and no recording has, and why.
ADDED = {
    "hasExceededTabularRowLimit": "newer than every recording; the guide names it",
    "reportMetadata.topRows": "likewise",
    "reportMetadata.sortBy[]": "no recorded report is sorted",
    "reportTypeMetadata.categories[].columns.*.filterValues[].apiName": (
        "recorded where the report shows the column"
    ),
}


@pytest.fixture
def reports(salesforce):
    return ReportCalls(salesforce)


def shape(value, path=""):
    """Yield every path of a JSON value with the name of its type there."""
    yield path, kind(value)
    if isinstance(value, dict):
        named = path.rpartition(".")[2] in BY_NAME
        for key, inner in value.items():
            name = "*" if named else key
            yield from shape(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for inner in value:
            yield from shape(inner, f"{path}[]")


def kind(value):
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float)):
        return "number"
    return {dict: "object", list: "list", str: "text", type(None): "null"}[type(value)]


def compare(recorded, ours):
    """Return what a recording has and we do not; null goes with every type."""
    found: dict[str, set[str]] = {}
    for path, name in shape(ours):
        found.setdefault(path, set()).add(name)
    missing = {}
    for path, name in shape(recorded):
        if any(path.startswith(known) for known in DIFFERENCES):
            continue
        if path not in found:
            missing[path] = "not there"
        elif name != "null" and name not in found[path] and found[path] != {"null"}:
            missing[path] = f"{name}, not {found[path]}"
    return missing


@pytest.mark.parametrize("name", RUNS)
def test_results_have_every_key_of_a_recorded_run(reports, name):
    recorded = json.loads(recordings("reports", f"{name}.json").read_text())
    body = reports.run(reports.new(**RUNS[name]), details=recorded["hasDetailRows"])
    assert compare(recorded, body) == {}


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_descriptions_have_every_key_of_a_recorded_one(reports, name):
    recorded = json.loads(recordings("reports", f"{name}.json").read_text())
    body = reports.ok("GET", f"/{reports.new(**DESCRIPTIONS[name])}/describe")
    assert compare(recorded, body) == {}


@pytest.mark.parametrize("data_type", ["string", "date", "picklist", "id", "boolean", "currency"])
def test_operators_of_a_data_type_are_those_recorded(reports, data_type):
    path = recordings("reports", "reportforce_sample_metadata.json")
    recorded = json.loads(path.read_text())["reportTypeMetadata"]["dataTypeFilterOperatorMap"]
    body = reports.ok("GET", f"/{reports.id_of('Pipeline by Stage and Month')}/describe")
    ours = body["reportTypeMetadata"]["dataTypeFilterOperatorMap"]
    assert ours[data_type] == recorded[data_type]


def test_columns_of_opportunities_are_named_and_labelled_as_recorded(reports):
    path = recordings("reports", "reportforce_sample_metadata.json")
    recorded = json.loads(path.read_text())["reportTypeMetadata"]["categories"]
    body = reports.ok("GET", f"/{reports.id_of('Pipeline by Stage and Month')}/describe")

    def columns(categories):
        return {
            name: (column["label"], column["dataType"])
            for category in categories
            for name, column in category["columns"].items()
        }

    theirs, ours = columns(recorded), columns(body["reportTypeMetadata"]["categories"])
    common = theirs.keys() & ours.keys()
    assert len(common) > 25
    assert {name: ours[name] for name in common} == {name: theirs[name] for name in common}


@pytest.mark.parametrize("metadata", [CONTACTS, LEADS, DEALS], ids=lambda item: item["name"])
def test_no_key_is_there_that_no_recording_has(reports, metadata):
    known = {
        path
        for name in [*RUNS, *DESCRIPTIONS]
        for path, _ in shape(json.loads(recordings("reports", f"{name}.json").read_text()))
    }
    report_id = reports.new(**metadata)
    for body in (reports.run(report_id), reports.ok("GET", f"/{report_id}/describe")):
        extra = {path for path, _ in shape(body)} - known
        assert {path for path in extra if not path.startswith(tuple(ADDED))} == set()
