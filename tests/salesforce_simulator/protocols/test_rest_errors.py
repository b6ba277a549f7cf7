import pytest

DATA = "/services/data/v60.0"


@pytest.fixture
def call(live_organisation, salesforce):
    """Make a bare request with a live session; headers given here come on top."""

    def request(method, path, headers=None, **parts):
        return live_organisation.session().request(
            method,
            live_organisation.url + path,
            headers={"Authorization": f"Bearer {salesforce.session_id}", **(headers or {})},
            **parts,
        )

    return request


def test_versions_are_told_without_a_session(live_organisation):
    reply = live_organisation.session().get(f"{live_organisation.url}/services/data/")
    assert reply.json()[-1] == {
        "label": "Winter '27",
        "url": "/services/data/v68.0",
        "version": "68.0",
    }


@pytest.mark.parametrize(
    ("version", "status"), [("v30.0", 410), ("v1.0", 404), ("v69.0", 404), ("v60", 404)]
)
def test_version_is_refused_when_it_is_retired_or_never_was(call, version, status):
    reply = call("GET", f"/services/data/{version}/limits")
    assert reply.status_code == status
    assert isinstance(reply.json(), list)


@pytest.mark.parametrize("authorization", ["Bearer nonsense", ""])
def test_dead_session_is_told_with_its_header(call, authorization):
    reply = call("GET", f"{DATA}/limits", headers={"Authorization": authorization or "Bearer 00D!"})
    assert reply.status_code == 401
    assert reply.headers["WWW-Authenticate"] == "Token"
    assert reply.json() == [
        {"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}
    ]


def test_unknown_resource_is_not_found(call):
    reply = call("GET", f"{DATA}/nonsense")
    assert (reply.status_code, reply.json()) == (
        404,
        [{"message": "The requested resource does not exist", "errorCode": "NOT_FOUND"}],
    )


def test_method_is_refused_with_those_allowed(call):
    reply = call("PUT", f"{DATA}/sobjects/Lead", json={})
    assert reply.status_code == 405
    assert reply.json() == [
        {
            "message": "HTTP Method 'PUT' not allowed. Allowed are HEAD,GET,POST",
            "errorCode": "METHOD_NOT_ALLOWED",
        }
    ]


def test_body_is_refused_when_it_is_not_declared_as_json(call):
    reply = call("POST", f"{DATA}/sobjects/Lead", data="LastName=x")
    assert reply.status_code == 415
    assert reply.json()[0]["errorCode"] == "UNSUPPORTED_MEDIA_TYPE"


@pytest.mark.parametrize("body", [b"{", b"[]", b"", b'{"a": NaN}', b'"\xff"'])
def test_body_is_refused_when_it_is_not_a_json_object(call, body):
    reply = call(
        "POST", f"{DATA}/sobjects/Lead", data=body, headers={"Content-Type": "application/json"}
    )
    assert reply.status_code == 400
    assert reply.json()[0]["errorCode"] == "JSON_PARSER_ERROR"


def test_slash_at_the_end_makes_no_difference(call):
    assert call("GET", f"{DATA}/sobjects/").json() == call("GET", f"{DATA}/sobjects").json()


def test_answer_is_indented_when_pretty_print_is_asked_for(call):
    pretty = call("GET", f"{DATA}/limits", headers={"X-PrettyPrint": "1"}).text
    assert pretty.startswith("{\n  ")
    assert "\n" not in call("GET", f"{DATA}/limits").text


def test_answer_is_compressed_only_when_the_client_accepts_it(call):
    packed = call("GET", f"{DATA}/sobjects", headers={"Accept-Encoding": "gzip"})
    plain = call("GET", f"{DATA}/sobjects", headers={"Accept-Encoding": "identity"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert packed.json() == plain.json()


def test_call_is_refused_when_the_daily_limit_is_used_up(call, live_organisation):
    live_organisation.control("api-usage", {"used": 99, "maximum": 100})
    try:
        last = call("GET", f"{DATA}/limits")
        assert (last.status_code, last.headers["Sforce-Limit-Info"]) == (200, "api-usage=100/100")
        reply = call("GET", f"{DATA}/limits")
        assert reply.status_code == 403
        assert reply.json() == [
            {"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}
        ]
    finally:
        live_organisation.control("api-usage", {"used": 0, "maximum": 100_000})


@pytest.mark.parametrize(("length", "status"), [(16_384, 200), (16_385, 414)])
def test_uri_is_refused_without_a_body_when_it_is_too_long(call, length, status):
    query = f"{DATA}/query?q=SELECT+Id+FROM+Lead+WHERE+Email+IN+("
    values = ("'a@example.com'," * length)[: length - len(query) - len("'z')")]
    values = values[: values.rfind(",") + 1]
    padding = "+" * (length - len(query) - len(values) - len("'z')"))

    reply = call("GET", f"{query}{values}{padding}'z')")

    assert reply.status_code == status
    assert bool(reply.content) is (status == 200)
