"""What all APIs have in common: one session for all, one count, each refusal in its own shape."""

import pytest

_SOAP = (
    '<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Header><SessionHeader>'
    "<sessionId>{session}</sessionId></SessionHeader></Header><Body><{call}/></Body></Envelope>"
)
# By API: its address at version {v}, and the SOAP operation that is called there, if it is SOAP.
APIS = {
    "REST": ("/services/data/v{v}/sobjects/", None),
    "Bulk 2.0": ("/services/data/v{v}/jobs/ingest", None),
    "Bulk 1": ("/services/async/{v}/job/750000000000000AAA", None),
    "partner, data": ("/services/Soap/u/{v}", "getServerTimestamp"),
    "partner, session": ("/services/Soap/u/{v}", "getUserInfo"),
    "enterprise": ("/services/Soap/c/{v}", "getUserInfo"),
    "Metadata": ("/services/Soap/m/{v}", "describeMetadata"),
}
RETIRED, LIMITED, ENDED = "UNSUPPORTED_API_VERSION", "REQUEST_LIMIT_EXCEEDED", "INVALID_SESSION_ID"
# By path: the status of each refusal, and how its code is written.
REFUSALS = {
    "/services/data/": {
        RETIRED: (410, f'"errorCode":"{RETIRED}"'),
        LIMITED: (403, f'"errorCode":"{LIMITED}"'),
        ENDED: (401, f'"errorCode":"{ENDED}"'),
    },
    "/services/async/": {
        RETIRED: (400, "<exceptionCode>InvalidVersion</exceptionCode>"),
        LIMITED: (400, "<exceptionCode>ExceededQuota</exceptionCode>"),
        ENDED: (400, "<exceptionCode>InvalidSessionId</exceptionCode>"),
    },
    "/services/Soap/": {
        code: (500, f"<faultcode>sf:{code}</faultcode>") for code in (RETIRED, LIMITED, ENDED)
    },
}


class Caller:
    """Calls any API with one access token, which an app got with its own credentials."""

    def __init__(self, organisation):
        self.organisation = organisation
        self.http = organisation.session()
        app = organisation.ready["oauth"]
        grant = {"grant_type": "client_credentials"}
        grant |= {name: app[name] for name in ("client_id", "client_secret")}
        reply = self.http.post(f"{organisation.url}/services/oauth2/token", data=grant)
        self.token = reply.json()["access_token"]

    def call(self, api, version="60.0"):
        path, operation = APIS[api]
        url = self.organisation.url + path.format(v=version)
        if operation:
            body = _SOAP.format(session=self.token, call=operation)
            return self.http.post(url, data=body, headers={"SOAPAction": '""'})
        headers = {"Authorization": f"Bearer {self.token}", "X-SFDC-Session": self.token}
        return self.http.get(url, headers=headers)

    def used(self):
        reply = self.call("REST")
        return int(reply.headers["Sforce-Limit-Info"].partition("=")[2].partition("/")[0])


@pytest.fixture
def caller(live_organisation):
    live_organisation.control("faults", [])
    live_organisation.control("api-usage", {"used": 10, "maximum": 15000})
    yield Caller(live_organisation)
    live_organisation.control("api-usage", {"used": 0, "maximum": 100_000})
    live_organisation.control("faults", [])


def refusal(api, code):
    """Return the status of a refusal by this API, and the text in which it names the code."""
    path, _ = APIS[api]
    return next(codes[code] for start, codes in REFUSALS.items() if path.startswith(start))


@pytest.mark.parametrize("api", APIS)
def test_call_of_every_api_counts_once_with_the_token_of_an_app(caller, api):
    caller.organisation.session().delete(f"{caller.organisation.url}/__control__/calls")
    reply = caller.call(api)
    assert all(refusal(api, code)[1] not in reply.text for code in (LIMITED, ENDED))
    assert reply.headers["Sforce-Limit-Info"] == "api-usage=11/15000"
    assert caller.used() == 12
    assert caller.organisation.control("calls")["counted"] == 2


@pytest.mark.parametrize("api", APIS)
def test_call_of_every_api_is_refused_in_its_own_words_when_the_day_is_used_up(caller, api):
    caller.organisation.control("api-usage", {"used": 15000, "maximum": 15000})
    reply = caller.call(api)
    status, text = refusal(api, LIMITED)
    assert (reply.status_code, text in reply.text) == (status, True), reply.text
    assert "TotalRequests Limit exceeded." in reply.text


def test_calls_are_given_back_when_the_organisation_s_day_has_passed(caller):
    assert caller.used() == 11
    caller.organisation.control("clock", {"shift_seconds": 25 * 3600})
    try:
        assert Caller(caller.organisation).used() == 1
    finally:
        caller.organisation.control("clock", {"shift_seconds": -25 * 3600})


@pytest.mark.parametrize("api", APIS)
def test_call_of_every_api_is_refused_in_its_own_words_when_the_token_is_revoked(caller, api):
    url = f"{caller.organisation.url}/services/oauth2/revoke"
    assert caller.http.post(url, data={"token": caller.token}).status_code == 200
    reply = caller.call(api)
    status, text = refusal(api, ENDED)
    assert (reply.status_code, text in reply.text) == (status, True), reply.text
    assert "Sforce-Limit-Info" not in reply.headers


@pytest.mark.parametrize("api", APIS)
def test_call_of_every_api_is_refused_in_its_own_words_when_the_version_is_retired(caller, api):
    reply = caller.call(api, "30.0")
    status, text = refusal(api, RETIRED)
    assert (reply.status_code, text in reply.text) == (status, True), reply.text


@pytest.mark.parametrize("code", [LIMITED, ENDED])
@pytest.mark.parametrize("api", APIS)
def test_fault_script_with_a_code_answers_in_the_words_of_the_api(caller, api, code):
    rules = [{"match": {"path": "/services/"}, "action": {"code": code, "message": "Not now"}}]
    caller.organisation.control("faults", rules)
    reply = caller.call(api)
    status, text = refusal(api, code)
    assert (reply.status_code, text in reply.text) == (status, True), reply.text
    assert "Not now" in reply.text
    assert ("enterprise.soap" in reply.text) == (api == "enterprise")
