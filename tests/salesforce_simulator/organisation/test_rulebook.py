import pytest

from salesforce_simulator.organisation.errors import DuplicateError, SalesforceError
from salesforce_simulator.organisation.organisation import Organisation, WriteOptions, WriteRow
from salesforce_simulator.organisation.rulebook.formula import Facts, compile_formula, holds

ADA = {"LastName": "Lovelace", "Company": "Engines", "Email": "ada@example.com"}


@pytest.fixture
def change(organisation):
    return lambda **parts: organisation.rules.change(parts)


@pytest.fixture
def create(organisation, session):
    def call(options=None, **values):
        given = {"LastName": "Hopper", "Company": "Navy", **values}
        return organisation.create("Lead", given, session, options or WriteOptions())

    return call


def error_of(call, *arguments, **values):
    with pytest.raises(SalesforceError) as caught:
        call(*arguments, **values)
    return caught.value


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("ISBLANK(Phone)", True),
        ("NOT(ISBLANK(Email)) && City = 'London'", True),
        ("AND(Score > 5, Score <= 7.5, Score <> 6)", True),
        ("OR(ISPICKVAL(Rating, 'Cold'), ISPICKVAL(Rating, \"Hot\"))", True),
        ("REGEX(Email, '[a-z]+@example\\\\.com')", True),
        ("LEN(City) = 3 + 3 * 1", True),
        ("ISCHANGED(City) && PRIORVALUE(City) = 'Paris'", True),
        ("ISNEW()", False),
        ("Phone > 3", False),
        ("HasOptedOutOfEmail = FALSE", True),
        ("Day < TODAY()", True),
        ("CONTAINS(City, 'don') && BEGINS(City, 'Lon') && !ISNULL(Score)", True),
        ("city = 'london'", False),
        ("'a' & Phone & 'b' = \"ab\"", True),
        ("IF(Score = 7, City, 'x') = 'London'", True),
        ("-Score < 0 /* a comment */", True),
    ],
)
def test_formula_holds_as_written(formula, expected):
    record = {
        "email": "ada@example.com", "city": "London", "score": 7.0, "rating": "Hot",
        "phone": None, "hasoptedoutofemail": 0, "day": "2026-01-01",
    }  # fmt: skip
    facts = Facts(record, {**record, "city": "Paris"}, "2026-06-01")
    assert holds(formula, facts) is expected


@pytest.mark.parametrize("text", ["", "City =", "FOO(City)", "ISBLANK(a, b)", "ISCHANGED('x')"])
def test_formula_is_refused_when_it_is_none(text):
    with pytest.raises(ValueError, match=r"formula|function"):
        compile_formula(text)


def test_validation_rules_are_all_told_with_text_and_field(change, create, organisation, session):
    rules = [
        {"object": "Lead", "formula": "ISBLANK(Phone)", "message": "Phone?", "field": "Phone"},
        {"object": "Lead", "formula": "City = 'Rome'", "message": "Not Rome."},
    ]
    change(validation_rules=rules)
    error = error_of(create, City="Rome")
    assert error.code == "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    assert [(e.message, e.fields) for e in (error, *error.also)] == [
        ("Phone?", ("Phone",)), ("Not Rome.", ()),
    ]  # fmt: skip
    made = create(Phone="1", City="Oslo")
    assert error_of(organisation.update, "Lead", made, {"City": "Rome"}, session).also == ()


def test_rulebook_outlives_the_process(organisation, session, change, tmp_path):
    change(storage_full=True)
    organisation.close()
    again = Organisation.open(tmp_path / "org")
    assert error_of(again.create, "Lead", ADA, session).code == "STORAGE_LIMIT_EXCEEDED"
    again.close()


def test_rulebook_is_refused_when_it_has_unknown_parts_or_bad_formulas(change):
    for parts in (
        {"nonsense": True},
        {"validation_rules": [{"object": "Lead", "formula": "a =", "message": "x"}]},
        {"validation_rules": [{"objekt": "Lead"}]},
    ):
        with pytest.raises(ValueError, match=r".+"):
            change(**parts)


def test_duplicate_rule_names_the_matches_and_can_be_passed(change, create, lead, organisation):
    matching = [["Email"], ["LastName", "Company"]]
    change(duplicate_rules=[{"object": "Lead", "matching": matching}])
    error = error_of(create, Email="ADA@example.com")
    assert isinstance(error, DuplicateError)
    assert (error.allow_save, error.matches) == (True, {"Lead": (lead,)})
    assert error_of(create, LastName="lovelace", Company="engines").matches == {"Lead": (lead,)}
    create(LastName="Lovelace", Company="Looms")
    create(WriteOptions(allow_duplicates=True), Email="ada@example.com")


def test_duplicate_rule_blocks_in_any_case_and_looks_at_contacts(
    change, create, organisation, session
):
    contact = organisation.create("Contact", {"LastName": "D", "Email": "d@example.com"}, session)
    rule = {"object": "Lead", "against": ["Lead", "Contact"], "block": True}
    change(duplicate_rules=[rule])
    error = error_of(create, WriteOptions(allow_duplicates=True), Email="d@example.com")
    assert (error.allow_save, error.matches) == (False, {"Contact": (contact,)})


def test_duplicate_rule_minds_updates_of_its_fields_alone(
    change, create, organisation, session, lead
):
    other = create(Email="grace@example.com")
    twin = create(Email="ada@example.com")
    change(duplicate_rules=[{"object": "Lead"}])
    organisation.update("Lead", twin, {"City": "London"}, session)
    organisation.delete("Lead", twin, session)
    organisation.update("Lead", lead, {"City": "London", "Email": "ada@example.com"}, session)
    values = {"Email": "ada@example.com"}
    assert error_of(organisation.update, "Lead", other, values, session).code == (
        "DUPLICATES_DETECTED"
    )


def test_trigger_fails_the_whole_chunk_of_200(change, organisation, session):
    rule = {"object": "Lead", "formula": "City = 'Rome'", "message": "System.NullPointerException"}
    change(triggers=[rule])
    rows = [
        WriteRow("insert", "Lead", None, {**ADA, "City": "Rome" if n == 250 else "Oslo"})
        for n in range(401)
    ]
    outcomes = list(organisation.write_many(rows, session, all_or_none=False))
    assert [n for n, outcome in enumerate(outcomes) if outcome.error] == list(range(200, 400))
    assert {o.error.code for o in outcomes[200:400]} == {"CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"}
    assert organisation.record_count("Lead") == 1 + 201
    change(triggers=[{**rule, "whole_chunk": False}])
    outcomes = list(organisation.write_many(rows, session, all_or_none=False))
    assert [n for n, outcome in enumerate(outcomes) if outcome.error] == [250]


def test_flow_fails_with_a_code_of_its_own(change, create):
    rule = {"object": "Lead", "formula": "ISNEW()", "message": "The flow failed.", "flow": True}
    change(triggers=[rule])
    error = error_of(create)
    assert (error.code, error.message) == ("CANNOT_EXECUTE_FLOW_TRIGGER", "The flow failed.")


def test_system_moves_the_stamp_of_a_record_alone(organisation, session, lead, read):
    soql = f"SELECT LastModifiedDate, SystemModstamp FROM Lead WHERE Id = '{lead}'"
    before = read(soql)
    organisation.shift_clock(60)
    organisation.touch([lead[:15]], session)
    after = read(soql)
    assert after["SystemModstamp"] > before["SystemModstamp"]
    assert after["LastModifiedDate"] == before["LastModifiedDate"]


def test_refused_row_of_a_load_leaves_nothing_behind(change, organisation, session):
    campaign = organisation.create("Campaign", {"Name": "Fair"}, session)
    rule = {"object": "CampaignMemberStatus", "formula": "Label = 'Bad'", "message": "no"}
    change(validation_rules=[rule])
    values = {"CampaignId": campaign, "Label": "Bad", "IsDefault": True}
    rows = [WriteRow("insert", "CampaignMemberStatus", None, values)]
    (outcome,) = organisation.write_many(rows, session, all_or_none=False)
    assert outcome.error.code == "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    soql = "SELECT Label FROM CampaignMemberStatus WHERE IsDefault = true"
    assert list(organisation.query(soql, session).rows()) == [("Sent",)]


def test_assignment_rule_names_the_owner_when_the_call_wants_it(
    change, create, organisation, session, read
):
    queue = organisation.create("Group", {"Name": "Q", "Type": "Queue"}, session)
    change(assignment_rules=[{"object": "Lead", "entries": [["City = 'Rome'", queue]]}])
    owners = [
        read(f"SELECT OwnerId FROM Lead WHERE Id = '{made}'")["OwnerId"]
        for made in (
            create(WriteOptions(assign=True), City="Rome"),
            create(WriteOptions(assign=True), City="Oslo"),
            create(City="Rome"),
        )
    ]
    assert owners == [queue, session.user_id, session.user_id]


def test_locked_row_is_refused_with_its_children_until_the_lock_ends(organisation, session):
    account = organisation.create("Account", {"Name": "A"}, session)
    contact = organisation.create("Contact", {"LastName": "C", "AccountId": account}, session)
    organisation.lock_rows([account[:15]], refusals=2)
    error = error_of(organisation.update, "Contact", contact, {"Title": "x"}, session)
    assert (error.code, error.message) == (
        "UNABLE_TO_LOCK_ROW",
        f"unable to obtain exclusive access to this record or 1 records: {account}",
    )
    new = {"LastName": "D", "AccountId": account}
    assert error_of(organisation.create, "Contact", new, session).code == "UNABLE_TO_LOCK_ROW"
    organisation.update("Contact", contact, {"Title": "x"}, session)
    organisation.lock_rows([contact], seconds=30)
    assert error_of(organisation.delete, "Contact", contact, session).code == "UNABLE_TO_LOCK_ROW"
    organisation.shift_clock(31)
    organisation.delete("Contact", contact, session)


def test_maintenance_refuses_every_change_and_no_reading(
    change, create, organisation, session, lead
):
    change(maintenance=True)
    code = "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE"
    assert error_of(create).code == code
    assert error_of(organisation.update, "Lead", lead, {"City": "x"}, session).code == code
    assert error_of(organisation.delete, "Lead", lead, session).code == code
    assert organisation.get("Lead", lead, session, ["Id"], "60.0")


def test_full_storage_refuses_new_records_alone(change, create, organisation, session, lead):
    change(storage_full=True)
    assert error_of(create).code == "STORAGE_LIMIT_EXCEEDED"
    organisation.update("Lead", lead, {"City": "x"}, session)


def test_unknown_member_status_becomes_the_default_when_the_organisation_is_lenient(
    change, organisation, session, lead, read
):
    change(lenient_member_status=True)
    campaign = organisation.create("Campaign", {"Name": "Fair"}, session)
    values = {"CampaignId": campaign, "LeadId": lead, "Status": "Unheard of"}
    organisation.create("CampaignMember", values, session)
    assert read("SELECT Status FROM CampaignMember")["Status"] == "Sent"


def test_text_is_cut_when_the_call_allows_it(create, organisation, read):
    made = create(WriteOptions(truncate=True), City="x" * 50)
    assert read(f"SELECT City FROM Lead WHERE Id = '{made}'")["City"] == "x" * 40
    assert error_of(create, WriteOptions(truncate=True), Email=f"{'x' * 90}@example.com").code == (
        "STRING_TOO_LONG"
    )
