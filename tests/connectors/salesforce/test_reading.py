"""Signing in to, asking and describing the local organisation."""

import pytest

from connectors.salesforce import (
    AuthenticationError,
    Condition,
    NotFoundError,
    ResultsExpiredError,
    SalesforceClient,
    SchemaError,
    build_count,
    build_select,
    contains,
    count_records,
    describe_object,
    iterate_pages,
    iterate_records,
    list_objects,
    log_in,
    read_api_limits,
    read_organisation,
    starts_with,
)

FIELDS = ["Id", "LastName", "Email"]


@pytest.fixture
def client(local_org):
    network = local_org.network(sleep=lambda _seconds: None)
    with SalesforceClient(local_org.log_in().grant, network=network) as made:
        yield made


@pytest.mark.requirement("S2")
def test_organisation_and_user_are_known_when_signed_in(client, local_org):
    organisation = read_organisation(client)

    (truth,) = local_org.query("SELECT Name, OrganizationType, IsSandbox FROM Organization")
    assert organisation.id == local_org.organization_id == client.grant.organisation_id
    assert organisation.name == truth["Name"]
    assert organisation.edition == truth["OrganizationType"]
    assert organisation.is_sandbox == truth["IsSandbox"]
    assert organisation.username == local_org.username
    assert organisation.user_id == client.grant.user_id


@pytest.mark.fault("F4")
@pytest.mark.parametrize(("password", "token"), [("wrong", None), (None, "wrong"), (None, " ")])
def test_sign_in_is_refused_when_password_or_token_is_wrong(local_org, password, token):
    with pytest.raises(AuthenticationError) as caught:
        log_in(
            local_org.url,
            local_org.username,
            password or local_org.password,
            token or local_org.security_token,
            network=local_org.network(),
        )

    assert caught.value.code in {"INVALID_LOGIN", "LOGIN_MUST_USE_SECURITY_TOKEN"}
    assert len([call for call in local_org.calls() if "/Soap/u/" in call["path"]]) == 1


@pytest.mark.fault("F1")
def test_client_goes_on_with_one_new_sign_in_when_all_sessions_end(local_org):
    network = local_org.network()
    with SalesforceClient(
        local_org.log_in().grant, network=network, renew=lambda _: local_org.log_in().grant
    ) as client:
        local_org.expire_sessions()
        local_org.forget_calls()
        leads = list(iterate_records(client, "SELECT Id FROM Lead LIMIT 5"))
        read_api_limits(client)

    assert len(leads) == 5
    assert len([call for call in local_org.calls() if "/Soap/u/" in call["path"]]) == 1


def test_records_come_page_by_page_when_the_result_is_long(client, local_org):
    truth = {row["Id"] for row in local_org.query("SELECT Id FROM Lead")}
    client.salesforce.headers["Sforce-Query-Options"] = "batchSize=200"

    pages = list(iterate_pages(client, "SELECT Id FROM Lead"))

    assert [page.done for page in pages] == [False] * (len(pages) - 1) + [True]
    assert len(pages) > 1
    assert {page.total_size for page in pages} == {len(truth)}
    found = [record["Id"] for page in pages for record in page.records]
    assert set(found) == truth
    assert len(found) == len(truth)


@pytest.mark.fault("F65")
def test_window_begins_again_when_the_locator_has_expired(client, local_org):
    client.salesforce.headers["Sforce-Query-Options"] = "batchSize=200"
    body = [{"errorCode": "INVALID_QUERY_LOCATOR", "message": "invalid query locator"}]
    local_org.fault(r"/query/\w+-", status=400, body=body)

    with pytest.raises(ResultsExpiredError):
        list(iterate_pages(client, "SELECT Id FROM Lead"))


@pytest.mark.fault("F33")
def test_query_names_the_schema_when_a_field_is_gone(client):
    with pytest.raises(SchemaError) as caught:
        count_records(client, "SELECT COUNT() FROM Lead WHERE Gone__c = 'x'")

    assert caught.value.code == "INVALID_FIELD"
    assert "Gone__c" in caught.value.message


def test_description_names_fields_types_and_choices_when_an_object_is_described(client):
    lead = describe_object(client, "Lead")

    email = lead.find_field("EMAIL")
    assert (email.name, email.type, email.length, email.required) == ("Email", "email", 80, False)
    assert lead.find_field("LastName").required
    assert lead.find_field("OwnerId").reference_to
    assert lead.find_field("Status").picklist_values
    assert lead.find_field("ActOn_Record_Id__c").external_id
    assert lead.find_field("Owner_ID__c").calculated
    assert lead.find_field("Nothing__c") is None
    assert {"Id", "SystemModstamp"} <= lead.field_names
    assert lead.key_prefix == "00Q"


@pytest.mark.fault("F36")
def test_description_is_not_found_when_there_is_no_such_object(client):
    with pytest.raises(NotFoundError):
        describe_object(client, "Nothing__c")


def test_objects_are_listed_when_the_user_may_see_them(client):
    names = {found.name for found in list_objects(client)}

    assert {"Lead", "Contact", "Account", "Campaign"} <= names


@pytest.mark.fault("F15")
def test_limits_and_meter_agree_when_calls_are_counted(local_org):
    local_org.set_api_usage(used=1000, maximum=15000)
    calls = []
    with SalesforceClient(
        local_org.log_in().grant, network=local_org.network(on_call=calls.append)
    ) as client:
        limits = read_api_limits(client)

    assert limits.daily_maximum == 15000
    assert calls[-1].maximum == 15000
    assert abs((15000 - limits.daily_remaining) - calls[-1].used) <= 2
    assert calls[-1].used > 1000
    local_org.set_api_usage(used=0, maximum=100_000)


@pytest.mark.threat("T11")
@pytest.mark.parametrize(
    "text",
    [
        "' OR Name != '",
        "\\' OR Name != \\'",
        "\\",
        "\\\\'",
        "%",
        "_",
        "') OR (Id != '",
        "x' LIMIT 1 --",
        "a\nb",
        "\u2019",
        "{:literal}",
        "{0}",
    ],
)
def test_hostile_text_finds_nobody_else_when_the_organisation_reads_it(client, text):
    known = {*FIELDS}
    for condition in (
        Condition("LastName", "=", text),
        Condition("LastName", "IN", [text, text]),
        starts_with("Email", text),
        contains("Email", text),
    ):
        soql = build_select("Lead", FIELDS, known_fields=known, where=condition)
        for record in iterate_records(client, soql):
            assert text.lower() in (record[condition.field] or "").lower()
        count = build_count("Lead", known_fields=known, where=condition)
        assert count_records(client, count) < 500
