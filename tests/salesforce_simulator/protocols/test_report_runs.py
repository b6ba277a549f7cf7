"""Synchronous runs over HTTP; what they show is checked against what SOQL says."""

import pytest

from tests.salesforce_simulator.protocols.report_calls import ReportCalls, labels, rows_of, values

PROSPECTS = "Act-On Report Prospects in Opportunities"
LEADS = {
    "name": "Leads",
    "reportType": {"type": "LeadList"},
    "detailColumns": ["LEAD_ID", "LAST_NAME", "EMAIL"],
}


@pytest.fixture
def reports(salesforce):
    return ReportCalls(salesforce)


def ids(salesforce, soql):
    return [record["Id"] for record in salesforce.query_all(soql)["records"]]


def test_prospect_report_shows_the_people_of_all_opportunities(reports, salesforce):
    body = reports.run(reports.id_of(PROSPECTS))
    names = body["reportMetadata"]["detailColumns"]
    info = body["reportExtendedMetadata"]["detailColumnInfo"]
    assert [info[name]["label"] for name in names[:6]] == [
        "Company Name", "First Name", "Last Name", "Email", "Contact ID", "Owner ID",
    ]  # fmt: skip
    roles = salesforce.query_all(
        "SELECT ContactId, Contact.FirstName, Contact.LastName, Contact.Email, Contact.OwnerId,"
        " Contact.Account.Name, Opportunity.Name FROM OpportunityContactRole"
    )["records"]
    expected = [
        [
            role["Contact"]["Account"]["Name"],
            role["Contact"]["FirstName"],
            role["Contact"]["LastName"],
            role["Contact"]["Email"] or "-",
            role["ContactId"][:15],
            role["Contact"]["OwnerId"],
            role["Opportunity"]["Name"],
        ]
        for role in roles
    ]
    assert sorted(row[:7] for row in labels(body)) == sorted(expected)
    assert body["factMap"]["T!T"]["aggregates"] == [{"label": str(len(roles)), "value": len(roles)}]
    assert body["allData"] is True


def test_cells_have_labels_for_people_and_values_by_type(reports, salesforce):
    report_id = reports.new(
        name="Types",
        reportType={"type": "Opportunity"},
        detailColumns=[
            "OPPORTUNITY_NAME", "ACCOUNT_NAME", "AMOUNT", "PROBABILITY", "CLOSE_DATE", "CLOSED",
            "OPPORTUNITY_ID", "NEXT_STEP", "CREATED_DATE",
        ],
    )  # fmt: skip
    (deal,) = salesforce.query(
        "SELECT Id, Name, AccountId, Account.Name, Amount, Probability, CloseDate, CreatedDate"
        " FROM Opportunity WHERE Name LIKE 'Deal 7,%'"
    )["records"]
    (row,) = rows_of(
        reports.run(
            report_id,
            {
                "reportFilters": [
                    {"column": "OPPORTUNITY_NAME", "operator": "startsWith", "value": '"Deal 7,"'}
                ]
            },
        )
    )
    year, month, day = deal["CloseDate"].split("-")
    assert row[0] == {"label": deal["Name"], "value": deal["Id"]}
    assert row[1] == {"label": deal["Account"]["Name"], "value": deal["AccountId"]}
    assert row[2]["label"] == f"${deal['Amount']:,.2f}"
    assert row[2]["value"] == {"amount": deal["Amount"], "currency": None}
    assert row[3] == {"label": f"{deal['Probability']:.0f}%", "value": deal["Probability"]}
    assert row[4] == {"label": f"{int(month)}/{int(day)}/{year}", "value": deal["CloseDate"]}
    assert row[5] == {"label": "true", "value": True}
    assert row[6] == {"label": deal["Id"][:15], "value": deal["Id"]}
    assert row[7] == {"escapedLabel": "-", "label": "-", "value": None}
    assert len(row[8]["value"]) == len("2026-01-01")


def test_text_over_several_lines_comes_with_html_line_breaks(reports, salesforce):
    leads = salesforce.query_all("SELECT Id, Description FROM Lead")["records"]
    texts = {lead["Id"]: lead["Description"] for lead in leads}
    assert any("\n" in (text or "") for text in texts.values())
    body = reports.run(reports.new(**LEADS), {"detailColumns": ["LEAD_ID", "DESCRIPTION"]})
    for record_id, shown in values(body):
        text = texts[record_id]
        assert shown == (text and text.replace("\r\n", "<br>").replace("\n", "<br>"))


def test_summary_report_groups_rows_and_adds_them_up(reports, salesforce):
    body = reports.run(reports.id_of("Leads by Source"))
    counted = salesforce.query(
        "SELECT LeadSource, COUNT(Id) n, SUM(AnnualRevenue) total FROM Lead"
        " WHERE IsConverted = FALSE GROUP BY LeadSource"
    )["records"]
    expected = {row["LeadSource"]: (row["total"] or 0, row["n"]) for row in counted}
    found = {}
    for group in body["groupingsDown"]["groupings"]:
        cell = body["factMap"][f"{group['key']}!T"]
        assert cell["rows"] == []
        found[group["value"]] = tuple(total["value"] for total in cell["aggregates"])
        inner = [body["factMap"][f"{part['key']}!T"] for part in group["groupings"]]
        assert sum(part["aggregates"][1]["value"] for part in inner) == found[group["value"]][1]
        assert sum(len(part["rows"]) for part in inner) == found[group["value"]][1]
    assert found == expected
    assert [group["label"] for group in body["groupingsDown"]["groupings"]] == [
        "-", "Web", "Phone Inquiry", "Partner Referral", "Other",
    ]  # fmt: skip
    assert body["reportMetadata"]["reportFormat"] == "SUMMARY"


def test_matrix_report_has_a_cell_for_each_pair_of_groups(reports, salesforce):
    body = reports.run(reports.id_of("Pipeline by Stage and Month"))
    down = body["groupingsDown"]["groupings"]
    across = body["groupingsAcross"]["groupings"]
    keys = {
        f"{left}!{right}"
        for left in [group["key"] for group in down] + ["T"]
        for right in [group["key"] for group in across] + ["T"]
    }
    assert set(body["factMap"]) == keys
    deals = salesforce.query_all("SELECT StageName, CloseDate, Amount FROM Opportunity")["records"]
    for group in down:
        for column in across:
            inside = [
                deal["Amount"]
                for deal in deals
                if deal["StageName"] == group["value"]
                and quarter(deal["CloseDate"]) == column["label"]
            ]
            cell = body["factMap"][f"{group['key']}!{column['key']}"]
            total, average, count = (item["value"] for item in cell["aggregates"])
            assert (total, count) == (sum(inside), len(inside))
            assert average == (pytest.approx(sum(inside) / len(inside)) if inside else None)
            assert len(cell["rows"]) == len(inside)


def quarter(day):
    year, month, _ = day.split("-")
    return f"Q{(int(month) + 2) // 3} CY{year}"


def test_run_without_details_has_totals_and_no_rows(reports):
    body = reports.run(reports.id_of("Leads by Source"), details=False)
    assert body["hasDetailRows"] is False
    assert all("rows" not in cell for cell in body["factMap"].values())
    assert body["factMap"]["T!T"]["aggregates"][1]["value"] == 500


def test_metadata_asks_for_the_rows_when_the_address_says_nothing(reports):
    path = f"/{reports.id_of('All Leads')}"
    described = reports.ok("GET", f"{path}/describe")["reportMetadata"]
    assert described["hasDetailRows"] is True
    body = reports.ok("POST", path, json={"reportMetadata": described})
    assert len(rows_of(body)) == 500
    bare = reports.ok("POST", path, json={"reportMetadata": {**described, "hasDetailRows": False}})
    refused = reports.ok("POST", f"{path}?includeDetails=false", json={"reportMetadata": described})
    assert "rows" not in bare["factMap"]["T!T"]
    assert "rows" not in refused["factMap"]["T!T"]


def test_metadata_of_a_post_changes_the_run_and_not_the_report(reports, salesforce):
    report_id = reports.new(**LEADS)
    body = reports.run(
        report_id,
        {
            "detailColumns": ["LEAD_ID", "RATING"],
            "reportFilters": [
                {"column": "RATING", "operator": "equals", "value": "Hot,Warm"},
                {"column": "LEAD_SOURCE", "operator": "equals", "value": "Web"},
                {"column": "CITY", "operator": "contains", "value": "o"},
            ],
            "reportBooleanFilter": "1AND(2OR3)",
            "sortBy": [{"sortColumn": "LEAD_ID", "sortOrder": "Desc"}],
        },
    )
    assert body["reportMetadata"]["reportBooleanFilter"] == "1 AND (2 OR 3)"
    assert [row[0] for row in values(body)] == ids(
        salesforce,
        "SELECT Id FROM Lead WHERE Rating IN ('Hot','Warm')"
        " AND (LeadSource = 'Web' OR City LIKE '%o%') ORDER BY Id DESC",
    )
    saved = reports.ok("GET", f"/{report_id}/describe")["reportMetadata"]
    assert saved["reportFilters"] == []
    assert saved["detailColumns"] == LEADS["detailColumns"]


@pytest.mark.parametrize(
    "name", [PROSPECTS, "All Leads", "Leads by Source", "Pipeline by Stage and Month"]
)
def test_description_sent_back_whole_runs_the_report_as_it_is(reports, name):
    report_id = reports.id_of(name)
    described = reports.ok("GET", f"/{report_id}/describe")["reportMetadata"]
    assert reports.run(report_id, described) == reports.run(report_id)


def test_groupings_of_a_post_make_a_summary_of_a_list(reports):
    body = reports.run(
        reports.new(**LEADS),
        {
            "groupingsDown": [{"name": "STATUS", "sortOrder": "Desc", "sortAggregate": "RowCount"}],
            "aggregates": ["RowCount", "u!COMPANY", "mx!EMPLOYEES", "m!EMPLOYEES"],
        },
    )
    assert body["reportMetadata"]["reportFormat"] == "SUMMARY"
    counts = [
        body["factMap"][f"{group['key']}!T"]["aggregates"][0]["value"]
        for group in body["groupingsDown"]["groupings"]
    ]
    assert counts == sorted(counts, reverse=True)


def test_top_rows_end_a_sorted_list(reports, salesforce):
    body = reports.run(
        reports.new(**LEADS),
        {
            "sortBy": [{"sortColumn": "EMPLOYEES", "sortOrder": "Asc"}],
            "topRows": {"rowLimit": 5, "direction": "Desc"},
        },
    )
    assert [row[0] for row in values(body)] == ids(
        salesforce, "SELECT Id FROM Lead ORDER BY NumberOfEmployees DESC LIMIT 5"
    )
    assert body["factMap"]["T!T"]["aggregates"][0]["value"] == 5


@pytest.mark.parametrize(
    ("date_filter", "where"),
    [
        ({"durationValue": "CUSTOM", "startDate": "2026-03-10", "endDate": "2026-03-20"},
         "CreatedDate >= 2026-03-10T07:00:00Z AND CreatedDate < 2026-03-21T07:00:00Z"),
        ({"durationValue": "CUSTOM", "startDate": "2026-05-01"},
         "CreatedDate >= 2026-05-01T07:00:00Z"),
        ({"durationValue": "THIS_YEAR"}, "CreatedDate = THIS_YEAR"),
        ({"durationValue": "LAST_N_DAYS:30"}, "CreatedDate = LAST_N_DAYS:30"),
    ],
)  # fmt: skip
def test_standard_date_filter_takes_whole_days_of_the_user(reports, salesforce, date_filter, where):
    metadata = {"standardDateFilter": {"column": "CREATED_DATE", **date_filter}}
    body = reports.run(reports.new(**LEADS), metadata, details=False)
    count = salesforce.query(f"SELECT COUNT() FROM Lead WHERE {where}")["totalSize"]
    assert body["factMap"]["T!T"]["aggregates"][0]["value"] == count


@pytest.mark.parametrize(
    ("column", "operator", "value", "where"),
    [
        ("EMAIL", "equals", "", "Email = null"),
        ("EMAIL", "notEqual", "", "Email != null"),
        ("CITY", "notEqual", "Oslo,Berlin", "City NOT IN ('Oslo','Berlin')"),
        ("COMPANY", "startsWith", "a", "Company LIKE 'a%'"),
        ("DESCRIPTION", "equals", "x", None),
        ("EMPLOYEES", "greaterOrEqual", '"2,500"', "NumberOfEmployees >= 2500"),
        ("EMPLOYEES", "equals", "many", None),
        ("EMPLOYEES", "contains", "1", None),
        ("ANNUAL_REVENUE", "lessThan", '"$300,000"', "AnnualRevenue < 300000"),
        ("EMAIL_OPT_OUT", "equals", "True", "HasOptedOutOfEmail = TRUE"),
        ("EMAIL_OPT_OUT", "notEqual", "1", "HasOptedOutOfEmail = FALSE"),
        ("EMAIL_OPT_OUT", "equals", "perhaps", None),
        ("CREATED_DATE", "equals", "2026-03-10",
         "CreatedDate >= 2026-03-10T07:00:00Z AND CreatedDate < 2026-03-11T07:00:00Z"),
        ("CREATED_DATE", "greaterThan", "3/10/2026", "CreatedDate >= 2026-03-11T07:00:00Z"),
        ("CREATED_DATE", "lessOrEqual", "2026-03-10T12:00:00Z",
         "CreatedDate <= 2026-03-10T12:00:00Z"),
        ("CREATED_DATE", "between", "2026-03-10,2026-03-20",
         "CreatedDate >= 2026-03-10T07:00:00Z AND CreatedDate < 2026-03-21T07:00:00Z"),
        ("CREATED_DATE", "equals", "LAST_YEAR", "CreatedDate = LAST_YEAR"),
        ("CREATED_DATE", "greaterThan", "LAST 400 DAYS", "CreatedDate > LAST_N_DAYS:400"),
        ("CREATED_DATE", "equals", "2026-13-45", None),
        ("OWNER", "equals", "Maria García", "Owner.Name = 'Maria García'"),
        ("STATUS", "equals", "open - not contacted", "Status = 'Open - Not Contacted'"),
        ("LEAD_ID", "contains", "00Q", None),
        ("LEAD_ID", "greaterThan", "00Q", None),
        ("NO_SUCH", "equals", "1", None),
        ("CITY", "resembles", "1", None),
    ],
)  # fmt: skip
def test_filter_finds_what_soql_finds_or_is_refused(
    reports, salesforce, column, operator, value, where
):
    path = f"/{reports.id_of('All Leads')}?includeDetails=true"
    metadata = {"reportFilters": [{"column": column, "operator": operator, "value": value}]}
    if where is None:
        status, code, _ = reports.error("POST", path, json={"reportMetadata": metadata})
        assert (status, code) == (400, "BAD_REQUEST")
        return
    body = reports.ok("POST", path, json={"reportMetadata": metadata})
    found = {row[0] for row in values(body)}
    assert found == set(ids(salesforce, f"SELECT Id FROM Lead WHERE {where}"))


def test_id_filters_take_lists_and_beginnings(reports, salesforce):
    report_id = reports.id_of("All Leads")
    three = ids(salesforce, "SELECT Id FROM Lead ORDER BY Id LIMIT 3")
    listed = {"column": "LEAD_ID", "operator": "equals", "value": ",".join(three)}
    body = reports.run(report_id, {"reportFilters": [listed]})
    assert {row[0] for row in values(body)} == set(three)
    short = {"column": "LEAD_ID", "operator": "equals", "value": three[0][:15]}
    assert len(rows_of(reports.run(report_id, {"reportFilters": [short]}))) == 1
    begun = {"column": "LEAD_ID", "operator": "startsWith", "value": three[0][:14]}
    body = reports.run(report_id, {"reportFilters": [begun]})
    expected = [i for i in ids(salesforce, "SELECT Id FROM Lead") if i.startswith(three[0][:14])]
    assert {row[0] for row in values(body)} == set(expected)
    others = {"column": "LEAD_ID", "operator": "notEqual", "value": ",".join(three)}
    body = reports.run(report_id, {"reportFilters": [others]})
    assert len(rows_of(body)) == 497


def test_standard_filters_ask_for_the_state_of_opportunities(reports, salesforce):
    counts = {}
    for answer in ("all", "open", "closed", "closedwon"):
        report_id = reports.new(
            name="Deals",
            reportType={"type": "Opportunity"},
            standardFilters=[
                {"name": "open", "value": answer},
                {"name": "probability", "value": ">0"},
            ],
        )
        body = reports.run(report_id, details=False)
        counts[answer] = body["factMap"]["T!T"]["aggregates"][0]["value"]
    closed = salesforce.query("SELECT COUNT() FROM Opportunity WHERE IsClosed = TRUE")["totalSize"]
    won = salesforce.query("SELECT COUNT() FROM Opportunity WHERE IsWon = TRUE")["totalSize"]
    assert counts == {"all": 80, "open": 80 - closed, "closed": closed, "closedwon": won}


def test_scope_shows_the_users_own_records_alone(reports, salesforce):
    body = reports.run(reports.new(**LEADS), {"scope": "user"}, details=False)
    mine = salesforce.query("SELECT COUNT() FROM Lead USING SCOPE mine")["totalSize"]
    assert body["factMap"]["T!T"]["aggregates"][0]["value"] == mine


def test_team_scope_takes_in_those_who_report_to_the_user(reports, salesforce):
    users = salesforce.query("SELECT Id FROM User ORDER BY Id LIMIT 2")["records"]
    me, someone = (user["Id"] for user in users)
    deals = {"name": "Roles", "reportType": {"type": "OpportunityContact"}}
    report_id = reports.new(**deals)
    salesforce.User.update(someone, {"ManagerId": me})
    try:
        body = reports.run(report_id, {"scope": "team"}, details=False)
    finally:
        salesforce.User.update(someone, {"ManagerId": None})
    owners = f"Opportunity.OwnerId IN ('{me}', '{someone}')"
    soql = f"SELECT COUNT() FROM OpportunityContactRole WHERE {owners}"
    count = salesforce.query(soql)["totalSize"]
    assert count > 0
    assert body["factMap"]["T!T"]["aggregates"][0]["value"] == count


def test_custom_report_type_names_columns_after_fields(reports, salesforce):
    report_id = reports.new(
        name="All fields",
        reportType={"type": "Leads_All_Fields__c"},
        detailColumns=["Lead.Id", "Lead.Email", "Lead.Owner", "Lead.EmailBouncedDate"],
        sortBy=[{"sortColumn": "Lead.Id", "sortOrder": "Asc"}],
    )
    body = reports.run(report_id)
    (first,) = salesforce.query(
        "SELECT Id, Email, Owner.Name, OwnerId FROM Lead ORDER BY Id LIMIT 1"
    )["records"]
    cells = rows_of(body)[0]
    assert [cell["value"] for cell in cells[:3]] == [first["Id"], first["Email"], first["OwnerId"]]
    assert cells[2]["label"] == first["Owner"]["Name"]


@pytest.mark.parametrize("report_type", ["CampaignMember", "AccountList", "User", "ContactList"])
def test_report_type_shows_every_record_of_its_object(reports, salesforce, report_type):
    sobject = {"AccountList": "Account", "ContactList": "Contact"}.get(report_type, report_type)
    count = salesforce.query(f"SELECT COUNT() FROM {sobject}")["totalSize"]
    body = reports.run(reports.new(name="Everything", reportType={"type": report_type}))
    assert len(rows_of(body)) == count


def test_unsaved_report_is_run_and_kept_nowhere(reports, salesforce):
    before = salesforce.query("SELECT COUNT() FROM Report")["totalSize"]
    body = reports.ok(
        "POST", "/query?includeDetails=true", json={"reportMetadata": {**LEADS, "id": None}}
    )
    assert len(rows_of(body)) == 500
    assert body["attributes"]["reportId"] is None
    assert salesforce.query("SELECT COUNT() FROM Report")["totalSize"] == before


@pytest.mark.parametrize(
    "metadata",
    [
        {"reportFilters": [{"column": "CITY", "operator": "equals", "value": "x"}] * 21},
        {"detailColumns": ["CITY"] * 101},
        {"detailColumns": "CITY"},
        {"reportBooleanFilter": "1 AND", "reportFilters": []},
        {"reportFilters": [{"column": "CITY", "operator": "equals", "value": "x"}],
         "reportBooleanFilter": "1 AND 2"},
        {"reportFilters": [{"column": "CITY", "operator": "equals", "value": "x"}] * 2,
         "reportBooleanFilter": "1"},
        {"aggregates": ["s!CITY"]},
        {"groupingsDown": [{"name": "CITY"}] * 4},
        {"groupingsDown": [{"name": "CREATED_DATE", "dateGranularity": "Century"}]},
        {"sortBy": [{"sortColumn": "DESCRIPTION"}]},
        {"standardDateFilter": {"column": "CITY", "durationValue": "TODAY"}},
        {"standardDateFilter": {"column": "CREATED_DATE", "durationValue": "SOME_DAY"}},
        {"scope": "everyone"},
        {"reportType": {"type": "NoSuchType"}},
    ],
)  # fmt: skip
def test_run_is_refused_when_its_metadata_cannot_be_meant(reports, metadata):
    filters = metadata.get("reportFilters")
    if filters == [] and "reportBooleanFilter" in metadata:
        metadata = {**metadata, "reportFilters": [
            {"column": "CITY", "operator": "equals", "value": "x"}
        ]}  # fmt: skip
    path = f"/{reports.id_of('All Leads')}"
    status, code, _ = reports.error("POST", path, json={"reportMetadata": metadata})
    assert (status, code) == (400, "BAD_REQUEST")


def test_runs_count_against_the_hour(reports, salesforce):
    before = salesforce.limits()["HourlySyncReportRuns"]
    reports.run(reports.id_of("All Leads"), details=False)
    after = salesforce.limits()["HourlySyncReportRuns"]
    assert after["Max"] == 500
    assert after["Remaining"] == before["Remaining"] - 1
