"""What bars a log-in, set through the control endpoint and met by an unmodified client."""

import pytest
from simple_salesforce.exceptions import SalesforceAuthenticationFailed

from tests.salesforce_simulator.protocols.organisation_process import OrganisationProcess
from tests.salesforce_simulator.recorded import recordings

CLOSED = {
    f"{day}{edge}": 0
    for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    for edge in ("Start", "End")
}
OPEN_POLICIES = {
    "soap_login_enabled": True,
    "soap_login_last_version": 64,
    "oldest_api_version": 31,
    "api_enabled": True,
    "locked": False,
    "any_api_auth_required": False,
    "logins_per_hour": 3600,
    "trusted_networks": [],
    "instance_url": None,
}
OPEN_USER = {"active": True, "frozen": False, "locked": False, "password_expired": False}


@pytest.fixture(scope="module")
def process(tmp_path_factory):
    started = OrganisationProcess(
        tmp_path_factory.mktemp("barred"), "--control", "--seed", "leads:1"
    )
    yield started
    started.stop()


@pytest.fixture
def organisation(process):
    """The organisation as it was seeded; its policies and users are put back afterwards."""
    yield process
    process.control("policies", OPEN_POLICIES)
    process.control("users", {"username": process.ready["username"], **OPEN_USER})
    process.control("profiles", {"profile": "System Administrator"})


def fault_code(organisation, **options):
    with pytest.raises(SalesforceAuthenticationFailed) as caught:
        organisation.login(**options)
    return caught.value.code


@pytest.mark.parametrize(
    ("call", "change", "code"),
    [
        ("policies", {"soap_login_enabled": False}, "INVALID_OPERATION"),
        ("policies", {"soap_login_last_version": 58}, "INVALID_OPERATION"),
        ("policies", {"oldest_api_version": 60}, "UNSUPPORTED_API_VERSION"),
        ("policies", {"api_enabled": False}, "API_DISABLED_FOR_ORG"),
        ("policies", {"locked": True}, "ORG_LOCKED"),
        ("policies", {"any_api_auth_required": True}, "INSUFFICIENT_ACCESS"),
        ("policies", {"logins_per_hour": 0}, "LOGIN_RATE_EXCEEDED"),
        ("users", {"active": False}, "INVALID_LOGIN"),
        ("users", {"frozen": True}, "INVALID_LOGIN"),
        ("users", {"locked": True}, "PASSWORD_LOCKOUT"),
        ("profiles", {"login_hours": CLOSED}, "LOGIN_DURING_RESTRICTED_TIME"),
        ("profiles", {"login_ip_ranges": ["10.0.0.1-10.0.0.9"]}, "LOGIN_DURING_RESTRICTED_DOMAIN"),
    ],
)
def test_login_fails_with_salesforces_code_when_something_bars_it(organisation, call, change, code):
    whom = {"users": {"username": organisation.ready["username"]},
            "profiles": {"profile": "System Administrator"}}  # fmt: skip
    organisation.control(call, {**whom.get(call, {}), **change})
    assert fault_code(organisation) == code


def test_security_token_is_spared_when_the_network_is_trusted(organisation):
    assert fault_code(organisation, security_token="") == "LOGIN_MUST_USE_SECURITY_TOKEN"
    organisation.control("policies", {"trusted_networks": ["127.0.0.0-127.0.0.255"]})
    session_id, _ = organisation.login(security_token="")
    assert session_id.startswith("00D")


def test_old_token_is_refused_when_it_was_reset(organisation):
    name = organisation.ready["username"]
    new = organisation.control("users", {"username": name, "reset_security_token": True})
    assert fault_code(organisation) == "INVALID_LOGIN"
    assert organisation.login(security_token=new["security_token"])
    old = organisation.ready["security_token"]
    organisation.control(
        "users", {"username": name, "password": new["password"], "security_token": old}
    )
    assert organisation.login()


def test_expired_password_is_told_at_login_and_bars_the_data(organisation):
    organisation.control(
        "users", {"username": organisation.ready["username"], "password_expired": True}
    )
    session_id, _ = organisation.login()
    reply = get(organisation, session_id)
    assert reply.json()[0]["errorCode"] == "INVALID_OPERATION_WITH_EXPIRED_PASSWORD"


def get(organisation, session_id, path="/services/data/v60.0/limits"):
    headers = {"Authorization": f"Bearer {session_id}"}
    return organisation.session().get(organisation.url + path, headers=headers)


def test_sessions_end_on_command_one_by_one_and_by_user(organisation):
    first, second = organisation.login()[0], organisation.login()[0]
    organisation.control("expire-sessions", {"session_id": first})
    assert get(organisation, first).status_code == 401
    assert get(organisation, second).status_code == 200
    organisation.control("expire-sessions", {"username": organisation.ready["username"]})
    assert get(organisation, second).status_code == 401


def test_data_api_is_closed_with_the_recorded_text_when_the_api_is_disabled(organisation):
    session_id, _ = organisation.login()
    organisation.control("policies", {"api_enabled": False})
    reply = get(organisation, session_id)
    body = [{"message": "The REST API is not enabled for this Organization.",
             "errorCode": "API_DISABLED_FOR_ORG"}]  # fmt: skip
    assert (reply.status_code, reply.json()) == (403, body)


def test_versions_are_gone_when_they_were_retired_and_unknown_when_they_never_were(organisation):
    session_id, _ = organisation.login()
    organisation.control("policies", {"oldest_api_version": 41})
    statuses = {
        version: get(organisation, session_id, f"/services/data/v{version}/limits").status_code
        for version in ("1.0", "19.0", "20.0", "30.0", "40.0", "41.0", "68.0", "69.0")
    }
    assert statuses == {
        "1.0": 404, "19.0": 404, "20.0": 410, "30.0": 410, "40.0": 410,
        "41.0": 200, "68.0": 200, "69.0": 404,
    }  # fmt: skip
    listed = organisation.session().get(f"{organisation.url}/services/data").json()
    assert (listed[0]["version"], listed[-1]["version"]) == ("41.0", "68.0")


def test_sessions_are_dead_at_the_old_host_when_the_instance_has_moved(organisation):
    port = organisation.url.rsplit(":", 1)[1]
    old, _ = organisation.login()
    organisation.control("policies", {"instance_url": f"https://127.0.0.1:{port}"})
    assert get(organisation, old).status_code == 401
    new, instance = organisation.login()
    assert instance == f"127.0.0.1:{port}"
    moved = organisation.session().get(
        f"https://{instance}/services/data/v60.0/limits", headers={"Authorization": f"Bearer {new}"}
    )
    assert moved.status_code == 200


def test_organisation_has_another_id_when_its_sandbox_was_refreshed(organisation):
    session_id, _ = organisation.login()
    new = organisation.control("sandbox-refresh", {})["organization_id"]
    assert new != organisation.ready["organization_id"]
    assert get(organisation, session_id).status_code == 401
    session_id, _ = organisation.login()
    assert session_id.startswith(new[:15] + "!")
    found = get(
        organisation, session_id, "/services/data/v60.0/query?q=SELECT+Id+FROM+Organization"
    )
    assert [record["Id"] for record in found.json()["records"]] == [new]


@pytest.mark.parametrize(
    ("call", "change"),
    [
        ("policies", {"nonsense": True}),
        ("users", {"username": "nobody@acme.example"}),
        ("users", {"username": None}),
        ("profiles", {"profile": "No Profile"}),
        ("profiles", {"profile": "System Administrator", "login_ip_ranges": ["x"]}),
    ],
)
def test_control_call_is_refused_when_it_makes_no_sense(organisation, call, change):
    reply = organisation.session().post(f"{organisation.url}/__control__/{call}", json=change)
    assert reply.status_code == 400


def test_fault_reads_like_a_recorded_one(organisation):
    recorded = (recordings("auth") / "reportforce_login_failed.xml").read_text().strip()
    reply = organisation.session().post(
        f"{organisation.url}/services/Soap/u/59.0",
        data='<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
        '<login xmlns="urn:partner.soap.sforce.com"><username>x</username><password>y</password>'
        "</login></e:Body></e:Envelope>",
        headers={"Content-Type": "text/xml", "SOAPAction": "login"},
    )
    assert (reply.status_code, reply.text) == (500, recorded)
