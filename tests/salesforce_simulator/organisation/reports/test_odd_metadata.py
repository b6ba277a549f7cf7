"""Whatever a client sends as metadata is run or refused, and never a bug."""

from hypothesis import given
from hypothesis import strategies as st

from salesforce_simulator.organisation.errors import SalesforceError

WORDS = st.sampled_from(
    ["", "LEAD_ID", "CITY", "EMPLOYEES", "CREATED_DATE", "DESCRIPTION", "RowCount", "s!EMPLOYEES",
     "u!CITY", "x!", "Asc", "Desc", "equals", "between", "includes", "1", "1 AND 2", "((1)", "NOT",
     "TODAY", "LAST_N_DAYS:99999999", "LAST 3 WEEKS", "9999-12-31", "0001-01-01", "12/31/9999",
     "2026-01-01T00:00:00Z", "TABULAR", "SUMMARY", "MATRIX", "Month", "Week", "user", "LeadList",
     "'", "\\", "%", "\x00", '"', "NaN", "1e999", "00Q", "\ud83d\ude00"]
) | st.text(max_size=8)  # fmt: skip
SCALARS = st.none() | st.booleans() | st.integers(-5, 5) | st.floats() | WORDS
KEYS = st.sampled_from(
    ["name", "column", "operator", "value", "filterType", "isRunPageEditable", "sortOrder",
     "sortColumn", "dateGranularity", "sortAggregate", "durationValue", "startDate", "endDate",
     "type", "rowLimit", "direction"]
)  # fmt: skip
ITEMS = st.dictionaries(KEYS, SCALARS, max_size=5)
VALUES = SCALARS | ITEMS | st.lists(WORDS | ITEMS | SCALARS, max_size=3)
PARTS = st.sampled_from(
    ["aggregates", "detailColumns", "groupingsDown", "groupingsAcross", "reportFilters",
     "reportBooleanFilter", "standardDateFilter", "standardFilters", "scope", "sortBy", "topRows",
     "hasDetailRows", "reportFormat", "reportType", "description", "crossFilters", "chart"]
)  # fmt: skip
FILTERS = st.fixed_dictionaries(
    {
        "reportFilters": st.lists(
            st.fixed_dictionaries({"column": WORDS, "operator": WORDS, "value": SCALARS}),
            max_size=2,
        )
    }
)
METADATA = st.dictionaries(PARTS, VALUES, max_size=4) | FILTERS


@given(metadata=METADATA)
def test_metadata_of_any_shape_is_run_or_refused(organisation, session, metadata):
    organisation.shift_clock(10)  # 500 runs an hour are allowed
    given_metadata = {
        "name": "Odd",
        "reportType": {"type": "LeadList"},
        "detailColumns": ["LEAD_ID"],
        **metadata,
    }
    assert outcome(organisation, session, given_metadata) in {"run", "BAD_REQUEST", "UNSUPPORTED"}


def outcome(organisation, session, metadata):
    """Return `run`, or the code of the refusal; any other exception is a bug."""
    try:
        body = organisation.reports.run_unsaved(metadata, session, details=True)
    except SalesforceError as refusal:
        return refusal.code
    return "run" if "T!T" in body["factMap"] else "no totals"
