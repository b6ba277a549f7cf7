"""Deployed fields: what the organisation describes, stores and computes afterwards."""

import pytest

from salesforce_simulator.organisation.catalogue import Field
from tests.salesforce_simulator.metadata_packages import (
    document,
    field,
    fields_package,
    formula,
    manifest,
    package,
)

VALUES = (
    "<valueSet><restricted>{restricted}</restricted><valueSetDefinition><sorted>false</sorted>"
    "<value><fullName>B</fullName><default>false</default><label>B</label></value>"
    "<value><fullName>A</fullName><default>true</default><label>A</label></value>"
    "</valueSetDefinition></valueSet>"
)
SIZES = "<precision>8</precision><scale>2</scale>"
TYPES = [
    ("Text", "<length>30</length>", {"type": "string", "length": 30, "nillable": True}),
    ("TextArea", "", {"type": "textarea", "length": 255}),
    (
        "LongTextArea",
        "<length>4000</length><visibleLines>3</visibleLines>",
        {"type": "textarea", "length": 4000, "filterable": False},
    ),
    ("Number", SIZES, {"type": "double", "precision": 8, "scale": 2}),
    ("Currency", SIZES, {"type": "currency", "precision": 8, "scale": 2}),
    ("Percent", SIZES, {"type": "percent", "precision": 8, "scale": 2}),
    (
        "Checkbox",
        "<defaultValue>true</defaultValue>",
        {"type": "boolean", "nillable": False, "defaultValue": True},
    ),
    ("Date", "", {"type": "date"}),
    ("DateTime", "", {"type": "datetime"}),
    ("Email", "<unique>true</unique>", {"type": "email", "length": 80, "unique": True}),
    ("Phone", "", {"type": "phone", "length": 40}),
    ("Url", "", {"type": "url", "length": 255}),
    (
        "Picklist",
        VALUES.format(restricted="true"),
        {"type": "picklist", "restrictedPicklist": True, "defaultedOnCreate": True},
    ),
    (
        "MultiselectPicklist",
        VALUES.format(restricted="false") + "<visibleLines>4</visibleLines>",
        {"type": "multipicklist", "restrictedPicklist": False},
    ),
    (
        "Lookup",
        "<referenceTo>Account</referenceTo><relationshipName>Leads</relationshipName>",
        {"type": "reference", "referenceTo": ["Account"], "relationshipName": "Lookup_Test__r"},
    ),
]


def test_fields_of_every_type_are_described_as_deployed_when_they_were_granted(
    deploy, grant, described
):
    names = [f"{kind}_Test__c" for kind, _, _ in TYPES]
    help_text = "<inlineHelpText>Help</inlineHelpText>"
    job = deploy(
        fields_package(
            "Lead", *(field(f"{kind}_Test__c", kind, help_text + more) for kind, more, _ in TYPES)
        )
    )

    assert job.success, job.messages
    components = [message for message in job.messages if message.component_type]
    assert {message.full_name for message in components} == {f"Lead.{name}" for name in names}
    for message in components:
        assert (message.component_type, message.file_name) == ("CustomField", "objects/Lead.object")
        assert (message.created, message.changed) == (True, True)
    assert described("Lead", names[0]) is None  # nobody sees it before it is granted
    grant(*(f"Lead.{name}" for name in names))
    for kind, _, expected in TYPES:
        found = described("Lead", f"{kind}_Test__c")
        common = {
            "label": f"{kind} Test",
            "inlineHelpText": "Help",
            "custom": True,
            "createable": True,
            "updateable": True,
        }
        assert {key: found[key] for key in (*expected, *common)} == {**expected, **common}


def test_picklist_has_its_values_in_order_and_refuses_others(
    deploy, grant, described, organisation, session, rows
):
    deploy(fields_package("Lead", field("Grade__c", "Picklist", VALUES.format(restricted="true"))))
    grant("Lead.Grade__c")
    found = described("Lead", "Grade__c")
    assert [value["value"] for value in found["picklistValues"]] == ["B", "A"]

    lead = {"LastName": "A", "Company": "C"}
    organisation.create("Lead", lead, session)
    assert rows("SELECT Grade__c FROM Lead WHERE LastName = 'A'") == [{"Grade__c": "A"}]
    with pytest.raises(Exception, match="bad value for restricted picklist field"):
        organisation.create("Lead", {**lead, "Grade__c": "Z"}, session)


def test_external_id_is_a_key_for_upserts_when_it_is_unique(
    deploy, grant, organisation, session, rows
):
    more = "<length>20</length><externalId>true</externalId><unique>true</unique>"
    deploy(fields_package("Contact", field("Key__c", "Text", more)))
    grant("Contact.Key__c")
    first = organisation.upsert("Contact", "Key__c", "k1", {"LastName": "One"}, session)
    again = organisation.upsert("Contact", "Key__c", "k1", {"LastName": "Two"}, session)
    assert (first[1], again) == (True, (first[0], False))
    assert rows("SELECT LastName FROM Contact WHERE Key__c = 'k1'") == [{"LastName": "Two"}]


@pytest.mark.parametrize(("case_sensitive", "records"), [("true", 2), ("false", 1)])
def test_external_id_tells_cases_apart_when_it_is_case_sensitive(
    deploy, grant, organisation, session, rows, case_sensitive, records
):
    more = (
        "<length>20</length><externalId>true</externalId><unique>true</unique>"
        f"<caseSensitive>{case_sensitive}</caseSensitive>"
    )
    deploy(fields_package("Contact", field("Key__c", "Text", more)))
    grant("Contact.Key__c")
    for key in ("abc", "ABC"):
        organisation.upsert("Contact", "Key__c", key, {"LastName": "Case"}, session)
    assert len(rows("SELECT Key__c FROM Contact WHERE LastName = 'Case'")) == records


def test_lookup_leads_to_the_parent_and_back(deploy, grant, organisation, session, rows):
    more = "<referenceTo>Account</referenceTo><relationshipName>Prospects</relationshipName>"
    deploy(fields_package("Lead", field("Firm__c", "Lookup", more)))
    grant("Lead.Firm__c")
    account = organisation.create("Account", {"Name": "Acme"}, session)
    values = {"LastName": "L", "Company": "C", "Firm__c": account}
    organisation.create("Lead", values, session)
    (row,) = rows("SELECT Firm__r.Name FROM Lead WHERE LastName = 'L'")
    assert row["Firm__r"]["Name"] == "Acme"
    (row,) = rows("SELECT (SELECT LastName FROM Prospects__r) FROM Account WHERE Name = 'Acme'")
    assert [each["LastName"] for each in row["Prospects__r"]["records"]] == ["L"]


def test_formula_fields_are_computed_whatever_their_order(
    deploy, grant, organisation, session, rows, described
):
    job = deploy(
        fields_package(
            "Lead",
            formula("A_Hot__c", "Checkbox", "B_Double__c > 100"),
            formula("B_Double__c", "Number", "C_Score__c * 2", "<scale>1</scale>"),
            field("C_Score__c", "Number", SIZES),
            formula("D_Text__c", "Text", 'CASESAFEID(OwnerId) & "/" & Owner.LastName'),
        )
    )
    assert job.success, job.messages
    grant("Lead.C_Score__c", read_only=["Lead.A_Hot__c", "Lead.B_Double__c", "Lead.D_Text__c"])
    lead = organisation.create(
        "Lead", {"LastName": "F", "Company": "C", "C_Score__c": 60.26}, session
    )
    soql = "SELECT A_Hot__c, B_Double__c, D_Text__c FROM Lead WHERE A_Hot__c = true"
    owner = session.user_id
    last_name = session.user["Name"].split()[-1]
    assert rows(soql) == [
        {"A_Hot__c": True, "B_Double__c": 120.5, "D_Text__c": f"{owner}/{last_name}"}
    ]
    organisation.update("Lead", lead, {"C_Score__c": None}, session)
    assert rows(soql) == []
    found = described("Lead", "B_Double__c")
    assert found["calculatedFormula"] == "C_Score__c * 2"
    assert (found["calculated"], found["formulaTreatNullNumberAsZero"]) == (True, True)
    assert (found["createable"], found["updateable"]) == (False, False)


def test_dependent_formula_follows_when_the_one_it_names_changes(deploy, grant, rows):
    inner = formula("Inner__c", "Number", "1")
    deploy(fields_package("Lead", inner, formula("Outer__c", "Number", "Inner__c + 10")))
    grant(read_only=["Lead.Outer__c"])
    assert rows("SELECT Outer__c FROM Lead LIMIT 1") == [{"Outer__c": 11}]
    deploy(fields_package("Lead", formula("Inner__c", "Number", "5")))
    assert rows("SELECT Outer__c FROM Lead LIMIT 1") == [{"Outer__c": 15}]


def test_field_keeps_its_values_when_its_label_changes(deploy, grant, organisation, session, rows):
    definition = field("Note__c", "Text", "<length>20</length>")
    deploy(fields_package("Lead", definition))
    grant("Lead.Note__c")
    organisation.create("Lead", {"LastName": "K", "Company": "C", "Note__c": "kept"}, session)
    job = deploy(fields_package("Lead", definition.replace("<label>Note", "<label>Remark")))
    assert (job.messages[0].created, job.messages[0].changed) == (False, True)
    assert rows("SELECT Note__c FROM Lead WHERE LastName = 'K'") == [{"Note__c": "kept"}]


WRONG = {
    "Nope": (field("Nope", "Text", "<length>5</length>"), "fullName must end with: __c"),
    "A__B__c": (
        field("A__B__c", "Text", "<length>5</length>"),
        "The Field Name can only contain underscores and alphanumeric characters.",
    ),
    "Sizeless__c": (
        field("Sizeless__c", "Text"),
        "Must specify 'length' for a CustomField of type Text",
    ),
    "Area__c": (
        field("Area__c", "TextArea", "<length>255</length>"),
        "Can not specify 'length' for a CustomField of type TextArea",
    ),
    "Box__c": (
        field("Box__c", "Checkbox"),
        "Must specify 'defaultValue' for a CustomField of type Checkbox",
    ),
    "Long__c": (
        field(
            "Long__c",
            "LongTextArea",
            "<length>900</length><visibleLines>2</visibleLines><required>true</required>",
        ),
        "Can not specify 'required' for a CustomField of type LongTextArea",
    ),
    "Pick__c": (
        field("Pick__c", "Picklist"),
        "Must specify 'valueSet' for a CustomField of type Picklist",
    ),
    "Look__c": (
        field("Look__c", "Lookup", "<referenceTo>Nope__c</referenceTo>"),
        "referenceTo value of 'Nope__c' does not resolve to a valid sObject type",
    ),
    "Wide__c": (field("Wide__c", "Text", "<length>256</length>"), "must be between 1 and 255"),
    "Odd__c": (
        formula("Odd__c", "Text", "Nope__c"),
        "Field Nope__c does not exist. Check spelling.",
    ),
    "Must__c": (
        formula("Must__c", "Text", "LastName", "<required>true</required>"),
        "Can not specify 'required'",
    ),
    "Bare__c": (
        "<fields><fullName>Bare__c</fullName><type>Date</type></fields>",
        "Required field is missing: label",
    ),
    "Sum__c": (
        field("Sum__c", "Summary"),
        "Fields of type Summary are not available in this organisation",
    ),
}


def test_each_wrong_field_fails_with_its_problem_and_its_place_in_the_file(
    deploy, organisation, problems
):
    definitions = "\n".join(f"    {definition}" for definition, _ in WRONG.values())
    inner = f"\n{definitions}\n    {field('Good__c', 'Date')}\n"
    members = [f"Lead.{name}" for name in (*WRONG, "Good__c")]
    job = deploy(
        package(
            manifest(CustomField=members),
            {"objects/Lead.object": document("CustomObject", inner)},
        )
    )

    assert job.status == "Failed"
    assert (job.total, job.deployed, job.errors) == (len(WRONG) + 1, 1, len(WRONG))
    found = problems(job)
    assert found.keys() == {f"Lead.{name}" for name in WRONG}
    for name, (_, problem) in WRONG.items():
        assert problem in found[f"Lead.{name}"]
    for message in job.messages:
        if not message.success:
            assert (message.component_type, message.problem_type) == ("CustomField", "Error")
            assert message.file_name == "objects/Lead.object"
            line = 3 + list(WRONG).index(message.full_name.removeprefix("Lead."))
            assert (message.line, message.column) == (line, len("    <fields>") + 1)
    assert not organisation.catalogue.get("Lead").has("Good__c")  # all or nothing


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        (
            field("T__c", "Text", "<length>9</length>"),
            formula("T__c", "Text", "LastName"),
            "Cannot update a field to a Formula from something else",
        ),
        (
            formula("T__c", "Text", "LastName"),
            field("T__c", "Text", "<length>9</length>"),
            "Cannot update a field from a Formula to something else",
        ),
        (
            field("T__c", "Text", "<length>9</length>"),
            field("T__c", "Date"),
            "Cannot change type of field T__c from string to date",
        ),
    ],
)
def test_field_cannot_change_into_another_kind(deploy, problems, before, after, problem):
    assert deploy(fields_package("Lead", before)).success
    assert problems(deploy(fields_package("Lead", after))) == {"Lead.T__c": problem}


def test_field_cannot_become_unique_when_values_are_doubled(
    deploy, grant, organisation, session, problems
):
    definition = field("Code__c", "Text", "<length>9</length>{}")
    deploy(fields_package("Lead", definition.format("")))
    grant("Lead.Code__c")
    for name in ("A", "B"):
        values = {"LastName": name, "Company": "C", "Code__c": "same"}
        organisation.create("Lead", values, session)
    job = deploy(fields_package("Lead", definition.format("<unique>true</unique>")))
    assert "duplicate value found" in problems(job)["Lead.Code__c"]
    assert not organisation.catalogue.get("Lead").field("Code__c").unique


def test_formula_is_read_when_the_organisation_is_opened_again(
    deploy, grant, organisation, session, tmp_path
):
    deploy(fields_package("Lead", formula("Twice__c", "Number", "1 + 1")))
    organisation.close()
    again = type(organisation).open(tmp_path / "org")
    try:
        assert again.catalogue.get("Lead").field("Twice__c").formula_source == "1 + 1"
    finally:
        again.close()


def test_standard_field_in_a_file_is_kept_and_changes_nothing(deploy, organisation):
    before = organisation.catalogue.get("Lead").field("Status")
    inner = "<fields><fullName>Status</fullName><trackHistory>true</trackHistory></fields>"
    job = deploy(
        package(
            manifest(CustomField=["Lead.Status"]),
            {"objects/Lead.object": document("CustomObject", inner)},
        )
    )
    assert job.success, job.messages
    assert organisation.catalogue.get("Lead").field("Status") == before


def test_formula_is_refused_when_the_database_could_not_compute_it(deploy, problems):
    archive = fields_package(
        "Lead",
        formula("Long__c", "Number", "+".join("1" * 1900)),
        formula("Deep__c", "Number", "-" * 3800 + "1"),
    )
    found = problems(deploy(archive))
    assert found.keys() == {"Lead.Long__c", "Lead.Deep__c"}
    for problem in found.values():
        assert problem.startswith("Compiled formula is too big to execute")


def test_field_that_came_another_way_is_listed_read_and_gone_again(organisation, session):
    added = Field(
        "Other__c", "Other", "double", precision=5, scale=1, createable=True, permissionable=True
    )
    organisation.customise("Lead", [added])
    (found,) = organisation.metadata.read(session, "CustomField", ["Lead.Other__c"])
    definition = found.definition
    assert [definition.get(name) for name in ("label", "type", "precision", "scale")] == [
        "Other",
        "Number",
        "5",
        "1",
    ]
    organisation.remove_field("Lead", "Other__c")
    listed = organisation.metadata.list(session, [("CustomField", None)])
    assert "Lead.Other__c" not in {each.full_name for each in listed}
