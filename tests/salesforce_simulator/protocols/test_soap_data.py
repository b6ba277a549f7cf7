"""The partner API through zeep and the partner WSDL, which take nothing that does not fit."""

from datetime import UTC, datetime, timedelta

import pytest
import requests
import zeep
from lxml import etree
from zeep.exceptions import Fault
from zeep.transports import Transport

from tests.salesforce_simulator.recorded import recordings

_FAULTS = "{urn:fault.partner.soap.sforce.com}"
_RECORDS = "{urn:sobject.partner.soap.sforce.com}"


class Partner:
    """A zeep client of one organisation, with helpers for sObjects and headers."""

    def __init__(self, organisation, wsdl, session_id):
        transport = Transport(session=organisation.session())
        settings = zeep.Settings(strict=True, xsd_ignore_sequence_order=False)
        self.client = zeep.Client(str(wsdl), transport=transport, settings=settings)
        address = f"{organisation.url}/services/Soap/u/60.0"
        binding = next(iter(self.client.wsdl.bindings))
        self.service = self.client.create_service(binding, address)
        self._type = self.client.get_type(f"{_RECORDS}sObject")
        self.session = {"SessionHeader": {"sessionId": session_id}}

    def sobject(self, name, **values):
        record_id = values.pop("Id", None)
        nulls = [key for key, value in values.items() if value is None]
        parts = []
        for key, value in values.items():
            if value is not None:
                part = etree.Element(f"{_RECORDS}{key}")
                if isinstance(value, dict):
                    for inner, text in value.items():
                        etree.SubElement(part, f"{_RECORDS}{inner}").text = text
                else:
                    part.text = str(value)
                parts.append(part)
        given = {"fieldsToNull": nulls} if nulls else {}
        return self._type(type=name, Id=record_id or zeep.xsd.SkipValue, _value_1=parts, **given)

    def call(self, operation, *arguments, headers=None, **named):
        soap_headers = {**self.session, **(headers or {})}
        reply = getattr(self.service, operation)(*arguments, **named, _soapheaders=soap_headers)
        return reply.body.result


def value(record, name):
    """Return the text of a field of an sObject."""
    plain = [part for part in record._value_1 if etree.iselement(part)]
    found = [part for part in plain if part.tag == f"{_RECORDS}{name}"]
    return found[0].text if found else None


@pytest.fixture(scope="module")
def partner(live_organisation):
    wsdl = recordings("wsdl", "partner.wsdl.xml")
    session_id, _ = live_organisation.login()
    return Partner(live_organisation, wsdl, session_id)


@pytest.fixture
def make(partner):
    """Create records that are deleted after the test; return their ids."""
    made = []

    def create(name, *records, headers=None):
        sobjects = [partner.sobject(name, **record) for record in records]
        results = partner.call("create", sobjects, headers=headers)
        made.extend(result.id for result in results if result.success)
        return results

    yield create
    for record_id in reversed(made):
        partner.call("delete", [record_id])


@pytest.fixture
def rulebook(live_organisation):
    yield lambda **parts: live_organisation.control("rulebook", parts)
    live_organisation.control("rulebook", {"duplicate_rules": [], "validation_rules": []})


def lead(name, **values):
    return {"LastName": name, "Company": "Soap & Sons", **values}


def test_log_in_and_user_info_fit_the_wsdl(partner, live_organisation):
    ready = live_organisation.ready
    reply = partner.service.login(ready["username"], ready["password"] + ready["security_token"])
    assert reply.sessionId.startswith(ready["organization_id"][:15])
    assert partner.call("getUserInfo").userName == ready["username"]


def test_clock_of_the_organisation_is_told(partner):
    assert abs(partner.call("getServerTimestamp").timestamp - datetime.now(UTC)) < timedelta(days=1)


def test_query_returns_records_parents_and_children(partner):
    result = partner.call(
        "query",
        "SELECT Id, Name, AnnualRevenue, CreatedDate, BillingAddress, Owner.Name,"
        " (SELECT Id, LastName FROM Contacts) FROM Account ORDER BY CreatedDate LIMIT 3",
    )
    assert (result.size, result.done, len(result.records)) == (3, True, 3)
    first = result.records[0]
    assert first.type == "Account"
    assert first.Id == value(first, "Id")
    assert value(first, "CreatedDate").endswith("Z")
    address, owner, contacts = first._value_1[-3:]
    assert address.country
    assert owner.type == "User"
    assert value(owner, "Name")
    assert contacts.done
    assert contacts.size == len(contacts.records)
    assert contacts.records[0].type == "Contact"


def test_query_goes_on_behind_its_locator(partner):
    small = {"QueryOptions": {"batchSize": 200}}
    result = partner.call("query", "SELECT Id FROM Lead ORDER BY Id", headers=small)
    ids = [record.Id for record in result.records]
    total = result.size
    assert len(ids) == 200
    while not result.done:
        result = partner.call("queryMore", result.queryLocator, headers=small)
        ids += [record.Id for record in result.records]
    assert len(set(ids)) == len(ids) == total
    with pytest.raises(Fault) as caught:
        partner.call("queryMore", "01gXXXXXXXXXXXXXXX-200")
    assert caught.value.detail[0].tag == f"{_FAULTS}InvalidQueryLocatorFault"


def test_aggregate_comes_with_types(partner):
    result = partner.call("query", "SELECT COUNT(Id) n, LeadSource FROM Lead GROUP BY LeadSource")
    assert result.records[0].type == "AggregateResult"
    assert result.records[0].Id is None
    assert partner.call("query", "SELECT COUNT() FROM Lead").size >= 500


@pytest.mark.parametrize(
    ("soql", "fault", "code"),
    [
        ("SELECT Nothing FROM Lead", "InvalidFieldFault", "INVALID_FIELD"),
        ("SELECT Id FROM Nothing", "InvalidSObjectFault", "INVALID_TYPE"),
        ("SELECT FROM Lead", "MalformedQueryFault", "MALFORMED_QUERY"),
    ],
)
def test_wrong_query_is_a_fault_of_its_own_type(partner, soql, fault, code):
    with pytest.raises(Fault) as caught:
        partner.call("query", soql)
    assert caught.value.code == f"sf:{code}"
    detail = caught.value.detail[0]
    assert detail.tag == f"{_FAULTS}{fault}"
    parsed = partner.client.get_type(f"{_FAULTS}{fault}").parse_xmlelement(
        detail, partner.client.wsdl.types
    )
    assert parsed.exceptionCode == code
    assert isinstance(parsed.row, int)


def test_records_are_created_changed_and_deleted(partner, make):
    good, bad = make("Lead", lead('Ü <&> "x"', DoNotCall="true"), lead("B", Email="no address"))
    assert good.success
    assert (bad.success, bad.id) == (False, None)
    assert (bad.errors[0].statusCode, bad.errors[0].fields) == ("INVALID_EMAIL_ADDRESS", ["Email"])
    change = partner.sobject("Lead", Id=good.id, Company=None, City="Oslo", LastName="C")
    (refused,) = partner.call("update", [change])
    assert refused.errors[0].statusCode == "REQUIRED_FIELD_MISSING"
    change = partner.sobject("Lead", Id=good.id[:15], City="Oslo", DoNotCall=None)
    (done,) = partner.call("update", [change])
    assert (done.success, done.id) == (True, good.id)
    fields = "Id, LastName, City, DoNotCall, Email"
    found, missing = partner.call("retrieve", fields, "Lead", [good.id, "00QHs0000zzzzzz"])
    assert missing.type is None  # what zeep makes of a nil record
    assert [value(found, name) for name in ("LastName", "City", "DoNotCall", "Email")] == [
        'Ü <&> "x"', "Oslo", "false", None,
    ]  # fmt: skip
    (gone,) = partner.call("delete", [good.id])
    assert gone.success
    assert partner.call("retrieve", "Id", "Lead", [good.id])[0].type is None
    deleted = f"SELECT Id FROM Lead WHERE Id = '{good.id}' AND IsDeleted = true"
    assert partner.call("queryAll", deleted).size == 1
    (back,) = partner.call("undelete", [good.id])
    assert back.success
    partner.call("delete", [good.id])
    (emptied,) = partner.call("emptyRecycleBin", [good.id])
    assert emptied.success
    assert partner.call("queryAll", deleted).size == 0


def test_upsert_tells_what_was_created_and_finds_parents_by_external_id(partner, make):
    key = {"ActOn_Record_Id__c": "soap-1"}
    sobject = partner.sobject("Contact", LastName="One", **key)
    (first,) = partner.call("upsert", "ActOn_Record_Id__c", [sobject])
    (again,) = partner.call("upsert", "ActOn_Record_Id__c", [sobject])
    assert (first.created, again.created, again.id) == (True, False, first.id)
    child = {"LastName": "Two", "ReportsTo": {"type": "Contact", **key}}
    (result,) = make("Contact", child)
    assert result.success, result.errors
    (found,) = partner.call("retrieve", "ReportsToId", "Contact", [result.id])
    assert value(found, "ReportsToId") == first.id
    partner.call("delete", [first.id])


def test_all_or_none_header_undoes_the_good_records(partner, make):
    header = {"AllOrNoneHeader": {"allOrNone": True}}
    good, bad = make("Lead", lead("A"), lead("B", Email="x"), headers=header)
    assert good.errors[0].statusCode == "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    assert bad.errors[0].statusCode == "INVALID_EMAIL_ADDRESS"


def test_truncation_header_cuts_long_texts(make):
    header = {"AllowFieldTruncationHeader": {"allowFieldTruncation": True}}
    (refused,) = make("Lead", lead("A", City="x" * 50))
    assert refused.errors[0].statusCode == "STRING_TOO_LONG"
    (cut,) = make("Lead", lead("A", City="x" * 50), headers=header)
    assert cut.success


def test_duplicate_is_told_with_the_record_that_is_there(make, rulebook):
    rulebook(duplicate_rules=[{"object": "Lead"}])
    (first,) = make("Lead", lead("A", Email="twice@example.com"))
    (second,) = make("Lead", lead("A", Email="twice@example.com"))
    error = second.errors[0]
    assert error.statusCode == "DUPLICATES_DETECTED"
    matches = error.duplicateResult.matchResults[0].matchRecords
    assert [match.record.Id for match in matches] == [first.id]
    header = {
        "DuplicateRuleHeader": {
            "allowSave": True, "includeRecordDetails": False, "runAsCurrentUser": True,
        }
    }  # fmt: skip
    (third,) = make("Lead", lead("A", Email="twice@example.com"), headers=header)
    assert third.success


def test_several_validation_errors_stand_in_one_result(make, rulebook):
    rules = [{"object": "Lead", "formula": "ISBLANK(Phone)", "message": text} for text in "ab"]
    rulebook(validation_rules=rules)
    (result,) = make("Lead", lead("A"))
    assert [error.message for error in result.errors] == ["a", "b"]


def test_call_is_refused_when_it_has_more_than_200_records(partner):
    with pytest.raises(Fault) as caught:
        partner.call("create", [partner.sobject("Lead", LastName="A")] * 201)
    assert caught.value.code == "sf:EXCEEDED_ID_LIMIT"


def test_merge_and_its_refusal(partner, make):
    winner, loser = (result.id for result in make("Lead", lead("A"), lead("B")))
    request = {
        "masterRecord": partner.sobject("Lead", Id=winner, City="Rome"),
        "recordToMergeIds": [loser],
    }
    (merged,) = partner.call("merge", [request])
    assert (merged.success, merged.id, merged.mergedRecordIds) == (True, winner, [loser])
    (again,) = partner.call("merge", [request])
    assert again.errors[0].statusCode == "ENTITY_IS_DELETED"
    soql = f"SELECT MasterRecordId FROM Lead WHERE Id = '{loser}'"
    (record,) = partner.call("queryAll", soql).records
    assert value(record, "MasterRecordId") == winner


def test_lead_is_converted(partner, make):
    (made,) = make("Lead", lead("Convert", Email="convert@example.com"))
    request = {
        "convertedStatus": "Closed - Converted", "doNotCreateOpportunity": True,
        "leadId": made.id, "overwriteLeadSource": False, "sendNotificationEmail": False,
    }  # fmt: skip
    for name in ("accountId", "accountRecord", "bypassAccountDedupeCheck", "contactId",
                 "bypassContactDedupeCheck", "contactRecord", "opportunityId", "opportunityName",
                 "opportunityRecord", "ownerId"):  # fmt: skip
        request[name] = None
    (done,) = partner.call("convertLead", [request])
    assert (done.success, done.leadId, done.opportunityId) == (True, made.id, None)
    (contact,) = partner.call("retrieve", "Email, AccountId", "Contact", [done.contactId])
    assert value(contact, "AccountId") == done.accountId
    (refused,) = partner.call("convertLead", [request])
    assert refused.errors[0].statusCode == "CANNOT_UPDATE_CONVERTED_LEAD"
    partner.call("delete", [done.accountId])


def test_changes_since_a_moment_are_told(partner, make):
    (kept,) = make("Lead", lead("A"))
    now = partner.call("getServerTimestamp").timestamp
    start, end = now - timedelta(minutes=5), now + timedelta(minutes=5)
    assert kept.id in partner.call("getUpdated", "Lead", start, end).ids
    partner.call("delete", [kept.id])
    gone = partner.call("getDeleted", "Lead", start, end)
    assert kept.id in [record.id for record in gone.deletedRecords]
    partner.call("undelete", [kept.id])


def test_descriptions_fit_the_wsdl(partner):
    listed = partner.call("describeGlobal")
    names = [item.name for item in listed.sobjects]
    assert {"Lead", "Contact", "Task"} <= set(names)
    for start in range(0, len(names), 100):
        for found in partner.call("describeSObjects", names[start : start + 100]):
            assert found.fields[0].name == "Id"
    one = partner.call("describeSObject", "Lead")
    fields = {field.name: field for field in one.fields}
    assert fields["Status"].defaultValue == "Open - Not Contacted"
    assert fields["DoNotCall"].defaultValue is False
    with pytest.raises(Fault) as caught:
        partner.call("describeSObject", "Nothing")
    assert caught.value.code == "sf:INVALID_TYPE"


@pytest.mark.parametrize(
    ("name", "values", "code"),
    [
        ("Nothing", {"LastName": "A"}, "INVALID_TYPE"),
        ("Lead", {"Nothing": "A"}, "INVALID_FIELD"),
    ],
)
def test_unknown_name_fails_the_whole_call(partner, name, values, code):
    good = partner.sobject("Lead", **lead("Never made"))
    with pytest.raises(Fault) as caught:
        partner.call("create", [good, partner.sobject(name, **values)])
    assert caught.value.code == f"sf:{code}"
    soql = "SELECT COUNT() FROM Lead WHERE LastName = 'Never made'"
    assert partner.call("query", soql).size == 0


@pytest.mark.parametrize(
    "body",
    [
        "<create><sObjects/></create>",
        "<create><sObjects><type>Lead</type><a><b/></a></sObjects></create>",
        "<query/>",
        "<queryMore><queryLocator>x-1</queryLocator></queryMore>",
        "<retrieve><fieldList/><sObjectType>Lead</sObjectType><ids>1</ids></retrieve>",
        "<getUpdated><sObjectType>Lead</sObjectType><startDate>x</startDate></getUpdated>",
        "<merge><request/></merge>",
        "<merge><request><masterRecord><type>Lead</type></masterRecord></request></merge>",
        "<convertLead><leadConverts><leadId>1</leadId></leadConverts></convertLead>",
        "<undelete><ids/></undelete>",
        "<upsert><sObjects><type>Lead</type></sObjects></upsert>",
        "<describeSObject/>",
    ],
)
def test_odd_call_is_answered_in_soap(partner, live_organisation, body):
    envelope = (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Header>'
        f"<SessionHeader><sessionId>{partner.session['SessionHeader']['sessionId']}"
        f"</sessionId></SessionHeader></e:Header><e:Body>{body}</e:Body></e:Envelope>"
    )
    reply = live_organisation.session().post(
        f"{live_organisation.url}/services/Soap/u/60.0", data=envelope
    )
    answer = etree.fromstring(reply.content)
    codes = answer.findall(".//{*}exceptionCode") + answer.findall(".//{*}statusCode")
    assert codes
    assert codes[0].text != "UNKNOWN_EXCEPTION"


def test_session_ends_with_its_log_out(partner, live_organisation):
    session_id, _ = live_organisation.login()
    header = {"SessionHeader": {"sessionId": session_id}}
    partner.service.logout(_soapheaders=header)
    with pytest.raises(Fault):
        partner.call("getServerTimestamp", headers=header)


def test_call_without_a_session_is_a_fault(partner):
    with pytest.raises(Fault) as caught:
        partner.call(
            "query", "SELECT Id FROM Lead", headers={"SessionHeader": {"sessionId": "00D!dead"}}
        )
    assert caught.value.code == "sf:INVALID_SESSION_ID"
    assert caught.value.detail[0].tag == f"{_FAULTS}UnexpectedErrorFault"


def test_calls_are_counted_and_told(partner, live_organisation):
    def used():
        envelope = (
            '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Header>'
            f"<SessionHeader><sessionId>{partner.session['SessionHeader']['sessionId']}"
            "</sessionId></SessionHeader></e:Header><e:Body><getServerTimestamp/></e:Body>"
            "</e:Envelope>"
        )
        reply = live_organisation.session().post(
            f"{live_organisation.url}/services/Soap/u/60.0", data=envelope
        )
        assert reply.status_code == requests.codes.ok
        return int(etree.fromstring(reply.content).find(".//{*}current").text)

    before = used()
    assert used() == before + 1


def test_records_are_deleted_when_their_ids_bear_another_name(live_organisation, salesforce):
    lead = salesforce.Lead.create({"LastName": "Other", "Company": "Named"})["id"]
    body = (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"'
        ' xmlns="urn:partner.soap.sforce.com"><e:Header><SessionHeader>'
        f"<sessionId>{salesforce.session_id}</sessionId></SessionHeader></e:Header>"
        f"<e:Body><delete><id>{lead}</id></delete></e:Body></e:Envelope>"
    )
    reply = live_organisation.session().post(
        f"{live_organisation.url}/services/Soap/u/60.0", data=body
    )
    assert f"<result><id>{lead}</id><success>true</success></result>" in reply.text
    assert salesforce.query(f"SELECT Id FROM Lead WHERE Id = '{lead}'")["totalSize"] == 0


def test_enterprise_api_writes_records_by_their_own_types(live_organisation, salesforce):
    def call(body):
        text = (
            '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"'
            ' xmlns:x="http://www.w3.org/2001/XMLSchema-instance"'
            ' xmlns="urn:enterprise.soap.sforce.com"'
            ' xmlns:o="urn:sobject.enterprise.soap.sforce.com">'
            f"<e:Header><SessionHeader><sessionId>{salesforce.session_id}</sessionId>"
            f"</SessionHeader></e:Header><e:Body>{body}</e:Body></e:Envelope>"
        )
        url = f"{live_organisation.url}/services/Soap/c/65.0"
        return live_organisation.session().post(url, data=text).text

    lead = '<sObjects x:type="o:Lead"><o:{}>{}</o:{}><o:Company>Typed</o:Company></sObjects>'
    made = call(f"<create>{lead.format('LastName', 'One', 'LastName')}</create>")
    assert ' xmlns="urn:enterprise.soap.sforce.com"' in made
    assert "<success>true</success>" in made
    lead_id = made.partition("<id>")[2].partition("</id>")[0]
    assert salesforce.Lead.get(lead_id)["LastName"] == "One"
    assert "<created>false</created>" in call(
        f"<upsert><externalIDFieldName>Id</externalIDFieldName>{lead.format('Id', lead_id, 'Id')}"
        "</upsert>"
    )
    assert salesforce.Lead.get(lead_id)["Company"] == "Typed"
    assert "<success>true</success>" in call(f"<delete><ID>{lead_id}</ID></delete>")
    refused = call("<query><queryString>SELECT Id FROM Lead</queryString></query>")
    assert "No operation available for request {urn:enterprise.soap.sforce.com}query" in refused
    unknown = call("<describeSObject><sObjectType>None</sObjectType></describeSObject>")
    assert 'xmlns:sf="urn:fault.enterprise.soap.sforce.com"' in unknown
