import base64
import html
import json
import re

import pytest
import requests

CANVAS_URL = "https://app.example/canvas?a=1&b=2"

# The members of requests that real organisations have sent, in 2014 and 2025.
USER = {
    "userId", "userName", "firstName", "lastName", "email", "fullName", "locale", "language",
    "timeZone", "profileId", "roleId", "userType", "currencyISOCode", "profilePhotoUrl",
    "profileThumbnailUrl", "siteUrl", "siteUrlPrefix", "networkId", "accessibilityModeEnabled",
    "isDefaultNetwork",
}  # fmt: skip
LINKS = {
    "loginUrl", "enterpriseUrl", "metadataUrl", "partnerUrl", "restUrl", "sobjectUrl",
    "searchUrl", "queryUrl", "recentItemsUrl", "chatterFeedsUrl", "chatterGroupsUrl",
    "chatterUsersUrl", "chatterFeedItemsUrl", "userUrl",
}  # fmt: skip
APPLICATION = {
    "name", "canvasUrl", "applicationId", "version", "authType", "referenceId", "options",
    "samlInitiationMethod", "namespace", "isInstalledPersonalApp", "developerName",
}  # fmt: skip
ENVIRONMENT = {
    "referer", "locationUrl", "displayLocation", "sublocation", "uiTheme", "dimensions",
    "parameters", "record", "version",
}  # fmt: skip


@pytest.fixture
def lead(oauth_organisation):
    records = oauth_organisation.client().query("SELECT Id, LastName FROM Lead LIMIT 1")
    return records["records"][0]


def payload_of(signed_request):
    return json.loads(base64.b64decode(signed_request.partition(".")[2]))


def make(organisation, app, **changes):
    wanted = {"client_id": app["client_id"], "username": organisation.ready["username"]}
    return organisation.control("canvas", {**wanted, **changes})


def test_signed_request_tells_user_page_and_record(oauth_organisation, lead):
    app = oauth_organisation.app(canvas_url=CANVAS_URL)
    made = make(
        oauth_organisation,
        app,
        record=lead["Id"],
        location="PageLayout",
        fields="LastName",
        parameters={"tab": "history"},
    )
    assert made["canvas_url"] == CANVAS_URL
    payload = payload_of(made["signed_request"])
    ready, context = oauth_organisation.ready, payload["context"]
    assert list(payload) == ["algorithm", "issuedAt", "userId", "client", "context"]
    assert payload["algorithm"] == "HMACSHA256"
    assert context.keys() == {"user", "links", "application", "organization", "environment"}
    for name, keys in (("user", USER), ("links", LINKS), ("application", APPLICATION),
                       ("environment", ENVIRONMENT)):  # fmt: skip
        assert context[name].keys() == keys
    assert context["user"]["userName"] == ready["username"]
    assert context["user"]["userId"] == payload["userId"]
    assert context["organization"]["organizationId"] == ready["organization_id"]
    assert context["links"]["queryUrl"] == "/services/data/v68.0/query/"
    environment = context["environment"]
    assert environment["displayLocation"] == "PageLayout"
    assert environment["parameters"] == {"tab": "history"}
    assert environment["version"] == {"season": "WINTER", "api": "68.0"}
    assert environment["record"]["Id"] == lead["Id"]
    assert environment["record"]["LastName"] == lead["LastName"]
    assert environment["record"]["attributes"]["type"] == "Lead"


def test_token_in_the_signed_request_is_a_session_of_the_viewing_user(oauth_organisation):
    app = oauth_organisation.app(canvas_url=CANVAS_URL)
    made = make(oauth_organisation, app, username="maria.garcia@acme.example")
    payload = payload_of(made["signed_request"])
    client = payload["client"]
    assert client["refreshToken"] is None
    assert client["instanceUrl"] == oauth_organisation.ready["url"]
    identity = oauth_organisation.session().get(
        f"{client['instanceUrl']}/id/{oauth_organisation.ready['organization_id']}"
        f"/{payload['userId']}",
        headers={"Authorization": f"Bearer {client['oauthToken']}"},
    )
    assert identity.json()["username"] == "maria.garcia@acme.example"
    assert payload["context"]["environment"]["record"] == {}


def test_page_asks_for_login_and_consent_and_then_posts_the_request(oauth_organisation, lead):
    walk = oauth_organisation.walk("yuki.tanaka@acme.example", canvas_url=CANVAS_URL)
    url = (
        f"{oauth_organisation.url}/canvas/{requests.utils.quote(walk.app['name'])}"
        f"?record={lead['Id']}&location=Visualforce"
    )
    page = walk.browser.get(url)
    assert 'name="pw"' in page.text
    page = walk.log_in(url)
    assert "Allow Access?" in page.text
    page = walk.answer(page)
    action = re.search(r'action="([^"]+)"', page.text)[1]
    assert html.unescape(action) == CANVAS_URL
    sent = html.unescape(re.search(r'name="signed_request" value="([^"]+)"', page.text)[1])
    context = payload_of(sent)["context"]
    assert context["user"]["userName"] == "yuki.tanaka@acme.example"
    assert context["environment"]["displayLocation"] == "Visualforce"
    assert context["environment"]["locationUrl"].startswith(oauth_organisation.url + "/canvas/")
    assert "Allow Access?" not in walk.browser.get(url).text


@pytest.mark.parametrize("definition", [{}, {"canvas_url": CANVAS_URL, "admin_approved": True}])
def test_page_is_refused_when_the_app_is_no_canvas_or_not_for_this_user(
    oauth_organisation, definition
):
    walk = oauth_organisation.walk(**definition)
    url = f"{oauth_organisation.url}/canvas/{walk.app['client_id']}"
    page = walk.log_in(url)
    assert page.status_code == (400 if definition else 404)
    assert "signed_request" not in page.text


def test_request_is_refused_when_the_record_is_not_there(oauth_organisation):
    app = oauth_organisation.app(canvas_url=CANVAS_URL)
    for record in ("00Q000000000000AAA", "zzz"):
        reply = oauth_organisation.session().post(
            f"{oauth_organisation.url}/__control__/canvas",
            json={"client_id": app["client_id"], "record": record,
                  "username": oauth_organisation.ready["username"]},
        )  # fmt: skip
        assert reply.status_code == 404
