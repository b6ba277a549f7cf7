import pytest
import requests
from simple_salesforce.exceptions import SalesforceAuthenticationFailed

ENVELOPE = """<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"
 xmlns="urn:partner.soap.sforce.com"><e:Header><SessionHeader><sessionId>{session}</sessionId>
</SessionHeader></e:Header><e:Body><{operation}/></e:Body></e:Envelope>"""


def call(organisation, operation, session_id, version="59.0"):
    return organisation.session().post(
        f"{organisation.url}/services/Soap/u/{version}/00D000000000001",
        data=ENVELOPE.format(session=session_id, operation=operation),
        headers={"Content-Type": "text/xml", "SOAPAction": '""'},
    )


def test_login_gives_a_session_that_reads_data(live_organisation):
    session_id, instance = live_organisation.login()
    assert instance == live_organisation.url.removeprefix("https://")
    assert session_id.startswith(live_organisation.ready["organization_id"][:15] + "!")
    reply = live_organisation.session().get(
        f"{live_organisation.url}/services/data/v60.0/limits",
        headers={"Authorization": f"Bearer {session_id}"},
    )
    assert reply.status_code == 200


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"password": "wrong"}, "INVALID_LOGIN"),
        ({"username": "nobody@acme.example"}, "INVALID_LOGIN"),
        ({"security_token": ""}, "LOGIN_MUST_USE_SECURITY_TOKEN"),
    ],
)
def test_login_is_refused_with_salesforces_code_when_credentials_are_wrong(
    live_organisation, changes, code
):
    live_organisation.login()  # a success clears the count of failures before it
    with pytest.raises(SalesforceAuthenticationFailed) as caught:
        live_organisation.login(**changes)
    assert caught.value.code == code


@pytest.mark.parametrize("version", ["65.0", "68.0"])
def test_login_is_gone_when_the_version_is_65_or_newer(live_organisation, version):
    with pytest.raises(SalesforceAuthenticationFailed) as caught:
        live_organisation.login(version=version)
    assert caught.value.code == "INVALID_OPERATION"


@pytest.mark.parametrize("version", ["30.0", "69.0", "nonsense"])
def test_login_is_refused_when_the_version_is_not_served(live_organisation, version):
    with pytest.raises(SalesforceAuthenticationFailed) as caught:
        live_organisation.login(version=version)
    assert caught.value.code == "UNSUPPORTED_API_VERSION"


def test_user_info_names_the_user_and_the_organisation(live_organisation):
    session_id, _ = live_organisation.login()
    reply = call(live_organisation, "getUserInfo", session_id)
    assert reply.status_code == 200
    ready = live_organisation.ready
    assert f"<userName>{ready['username']}</userName>" in reply.text
    assert f"<organizationId>{ready['organization_id']}</organizationId>" in reply.text
    assert "<userTimeZone>America/Los_Angeles</userTimeZone>" in reply.text


def test_session_is_dead_when_its_user_has_logged_out(live_organisation):
    session_id, _ = live_organisation.login()
    assert call(live_organisation, "logout", session_id).status_code == 200
    reply = call(live_organisation, "getUserInfo", session_id)
    assert reply.status_code == 500
    assert "<faultcode>sf:INVALID_SESSION_ID</faultcode>" in reply.text


def test_unknown_operation_is_a_fault(live_organisation):
    reply = call(live_organisation, "convertLeads", "x")
    assert reply.status_code == 500
    assert "No operation available" in reply.text


def test_client_refuses_the_server_when_it_does_not_trust_its_authority(live_organisation):
    session = requests.Session()
    session.trust_env = False
    with pytest.raises(requests.exceptions.SSLError):
        session.get(f"{live_organisation.url}/services/data")


def test_version_in_the_address_may_begin_with_its_letter(live_organisation):
    session_id, _ = live_organisation.login()
    assert call(live_organisation, "getUserInfo", session_id, version="v59.0").status_code == 200
    assert call(live_organisation, "getUserInfo", session_id, version="w59.0").status_code == 500


def test_enterprise_login_answers_in_the_namespace_of_its_api(live_organisation):
    ready = live_organisation.ready
    body = (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
        '<login xmlns="urn:enterprise.soap.sforce.com"><username>{}</username>'
        "<password>{}</password></login></e:Body></e:Envelope>"
    )
    name, password = ready["username"], ready["password"] + ready["security_token"]
    url = f"{live_organisation.url}/services/Soap/c/48.0"
    post = live_organisation.session().post
    reply = post(url, data=body.format(name, password))
    assert reply.status_code == 200
    assert ' xmlns="urn:enterprise.soap.sforce.com"' in reply.text
    session_id = reply.text.partition("<sessionId>")[2].partition("</sessionId>")[0]
    short_id = ready["organization_id"][:15]
    assert f"<serverUrl>{url}/{short_id}</serverUrl>" in reply.text
    assert call(live_organisation, "getUserInfo", session_id).status_code == 200
    refused = post(url, data=body.format(name, "wrong"))
    assert refused.status_code == 500
    assert 'xmlns:sf="urn:fault.enterprise.soap.sforce.com"' in refused.text
    unknown = post(url, data=body.replace("login", "query").format(name, password))
    assert "request {urn:enterprise.soap.sforce.com}query" in unknown.text
