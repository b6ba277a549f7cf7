import csv
import io
import json

import pytest

from tests.salesforce_simulator.recorded import recordings


def test_unknown_object_is_refused_with_the_recorded_text(refusal):
    error = refusal("select count() from XYZZY")
    entries = json.loads(recordings("errors", "real-messages.json").read_text("utf-8"))
    bodies = [entry["body"][0] for entry in entries if isinstance(entry["body"], list)]
    recorded = next(body for body in bodies if body.get("errorCode") == "INVALID_TYPE")
    assert error.code == recorded["errorCode"]
    ours, theirs = error.message, recorded["message"]
    assert ours == theirs.replace("                    ^", " " * 20 + "^")


def test_place_counts_rows_and_columns(refusal):
    error = refusal("SELECT Id\nFROM Lead\nWHERE  Nope = 1")
    assert "\nWHERE  Nope = 1\n       ^\nERROR at Row:3:Column:8\n" in error.message


@pytest.mark.parametrize(
    "soql",
    [
        "SELECT COUNT(Id) FROM Lead",
        "SELECT Id FROM Lead OFFSET 3",
        "SELECT Id, (SELECT Id FROM Contacts) FROM Account",
        "SELECT Id, Address FROM Lead",
    ],
)
def test_bulk_query_is_refused_what_rest_allows(query, refusal, soql):
    assert refusal(soql, bulk=True).code == "API_ERROR"
    assert query(soql).total_size > 0


def test_parent_is_nested_or_null(query):
    soql = "SELECT Lead.Owner.Alias, Contact.Account.Name FROM CampaignMember"
    for record in query(soql).records("60.0"):
        assert (record["Lead"] is None) != (record["Contact"] is None)
        if record["Lead"]:
            assert record["Lead"]["Owner"]["attributes"]["type"] == "Name"
        else:
            assert record["Contact"]["Account"]["Name"]


def test_children_are_a_result_of_their_own_or_null(query):
    soql = "SELECT Id, (SELECT Id FROM Contacts WHERE Email LIKE 'contact1%') FROM Account"
    found = {r["Id"]: r["Contacts"] for r in query(soql).records("60.0")}
    flat = query("SELECT AccountId, Id FROM Contact WHERE Email LIKE 'contact1%'").rows()
    expected = {}
    for account_id, contact_id in flat:
        expected.setdefault(account_id, set()).add(contact_id)
    assert None in found.values()
    assert {key: {c["Id"] for c in value["records"]} for key, value in found.items() if value} == (
        expected
    )


def test_groups_add_up(query):
    groups = list(query("SELECT Status, COUNT(Id) n FROM Lead GROUP BY Status").records("60.0"))
    assert groups[0]["attributes"] == {"type": "AggregateResult"}
    assert sum(group["n"] for group in groups) == query("SELECT COUNT() FROM Lead").total_size
    few = query("SELECT Status FROM Lead GROUP BY Status HAVING COUNT(Id) > 1000")
    assert few.total_size == 0


def test_semi_join_and_anti_join_part_the_contacts(query):
    inner = "(SELECT ContactId FROM OpportunityContactRole)"
    with_role = query(f"SELECT Id FROM Contact WHERE Id IN {inner}").total_size
    without = query(f"SELECT Id FROM Contact WHERE Id NOT IN {inner}").total_size
    assert with_role > 0
    assert with_role + without == query("SELECT COUNT() FROM Contact").total_size


@pytest.mark.parametrize(
    ("order", "reverse", "first"),
    [("", False, True), ("DESC", True, True), ("NULLS LAST", False, False),
     ("DESC NULLS LAST", True, False)],
)  # fmt: skip
def test_order_puts_nulls_where_it_is_told(query, order, reverse, first):
    result = query(f"SELECT AnnualRevenue FROM Lead ORDER BY AnnualRevenue {order}")
    values = [value for (value,) in result.rows()]
    known = [value for value in values if value is not None]
    assert known == sorted(known, reverse=reverse)
    blank = len(values) - len(known)
    assert blank
    assert all(v is None for v in (values[:blank] if first else values[-blank:]))


def test_pages_join_to_the_whole_while_records_change(demo, session, query):
    result = query("SELECT Id FROM Lead WHERE Country = 'Japan' ORDER BY Id")
    total = result.total_size
    first = [record["Id"] for record in result.records("60.0", 0, 10)]
    demo.update("Lead", first[0], {"Country": "China"}, session)
    demo.create("Lead", {"LastName": "x", "Company": "x", "Country": "Japan"}, session)
    rest = [record["Id"] for record in result.records("60.0", 10)]
    assert len({*first, *rest}) == total


def test_csv_holds_the_same_values_as_rest(query):
    fields = "Id, Name, Description, Street, HasOptedOutOfEmail, Owner.Name, CreatedDate"
    soql = f"SELECT {fields} FROM Lead ORDER BY Id"
    chunks = list(query(soql, bulk=True).csv_chunks(rows_per_chunk=99))
    assert [size for size, _ in chunks[:-1]] == [99] * (len(chunks) - 1)
    read = []
    for size, chunk in chunks:
        text = io.StringIO(chunk.decode(), newline="")
        rows = list(csv.DictReader(text))
        assert len(rows) == size
        read += rows
    for row, record in zip(read, query(soql).records("60.0"), strict=True):
        assert row["Description"] == (record["Description"] or "")
        assert row["Street"] == (record["Street"] or "")
        assert row["HasOptedOutOfEmail"] == str(record["HasOptedOutOfEmail"]).lower()
        assert row["Owner.Name"] == record["Owner"]["Name"]
        assert row["CreatedDate"] == record["CreatedDate"].replace("+0000", "Z")
    assert any("\n" in row["Description"] for row in read)
    assert any('"' in row["Description"] for row in read)
    assert any("\u2028" in row["Description"] for row in read)


def test_csv_of_nothing_is_the_header(query):
    chunks = list(query("SELECT Id, Owner.Name FROM Lead LIMIT 0").csv_chunks(rows_per_chunk=5))
    assert chunks == [(0, b'"Id","Owner.Name"\n')]


def test_csv_takes_another_delimiter_and_line_ending(query):
    result = query("SELECT Id, LastName FROM Lead WHERE Country = 'Germany' LIMIT 1")
    ((_, chunk),) = result.csv_chunks(rows_per_chunk=5, delimiter="\t", line_ending="\r\n")
    assert chunk.startswith(b'"Id"\t"LastName"\r\n"00Q')
    assert chunk.endswith(b'"\r\n')


def test_csv_holds_more_columns_than_one_function_of_sqlite_takes(demo, query):
    catalogue = demo.catalogue
    leads = [field.name for field in catalogue.get("Lead").fields if field.type != "address"]
    users = [field.name for field in catalogue.get("User").fields if field.type != "address"]
    names = [*leads, *(f"CreatedBy.{name}" for name in users)]
    assert len(names) > 100
    soql = f"SELECT {', '.join(names)} FROM Lead WHERE Email = 'lead1@example.com'"
    ((_, chunk),) = query(soql).csv_chunks(rows_per_chunk=1)
    (row,) = csv.DictReader(io.StringIO(chunk.decode(), newline=""))
    assert list(row) == names
    assert row["CreatedBy.Id"] == row["CreatedById"]
    assert row["OwnerId"] == row["Owner_ID__c"]


def test_records_come_in_the_order_asked_for_on_every_page(query):
    soql = "SELECT Email FROM Lead ORDER BY Email DESC, Id LIMIT 450"
    result = query(soql)
    pages = [list(result.records("60.0", start, start + 100)) for start in range(0, 450, 100)]
    assert [len(page) for page in pages] == [100, 100, 100, 100, 50]
    in_pages = [record["Email"] for page in pages for record in page]
    assert in_pages == [email for (email,) in query(soql).rows()]
    known = [email.lower() for email in in_pages if email]
    assert known == sorted(known, reverse=True)
