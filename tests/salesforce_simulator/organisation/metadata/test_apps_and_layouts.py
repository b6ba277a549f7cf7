"""External client apps that log users in, and layouts that decide what a page shows."""

import pytest

from tests.salesforce_simulator.metadata_packages import document, manifest, package

APP = "<externalClientApplication>Acme</externalClientApplication>"
APP_FILES = {
    "externalClientApps/Acme.eca": document(
        "ExternalClientApplication", "<distributionState>Local</distributionState>"
    ),
    "extlClntAppGlobalOauthSets/Acme_g.ecaGlblOauth": document(
        "ExtlClntAppGlobalOauthSettings",
        f"<callbackUrl>https://a.example/one\nhttps://a.example/two</callbackUrl>{APP}"
        "<isPkceRequired>true</isPkceRequired>"
        "<isRefreshTokenRotationEnabled>true</isRefreshTokenRotationEnabled>",
    ),
    "extlClntAppOauthSettings/Acme_o.ecaOauth": document(
        "ExtlClntAppOauthSettings",
        f"<commaSeparatedOauthScopes>Api, RefreshToken,OpenID</commaSeparatedOauthScopes>{APP}",
    ),
    "extlClntAppOauthPolicies/Acme_p.ecaOauthPlcy": document(
        "ExtlClntAppOauthConfigurablePolicies",
        f"<clientCredentialsFlowUser>flow@acme.example</clientCredentialsFlowUser>{APP}"
        "<permittedUsersPolicyType>AdminApprovedPreAuthorized</permittedUsersPolicyType>",
    ),
}
APP_MEMBERS = {
    "ExternalClientApplication": ["Acme"],
    "ExtlClntAppGlobalOauthSettings": ["Acme_g"],
    "ExtlClntAppOauthSettings": ["Acme_o"],
    "ExtlClntAppOauthConfigurablePolicies": ["Acme_p"],
}
APP_PACKAGE = package(manifest(**APP_MEMBERS), APP_FILES)
SECTION = (
    "<layoutSections><customLabel>true</customLabel><detailHeading>true</detailHeading>"
    "<editHeading>true</editHeading><label>{label}</label><layoutColumns>{items}</layoutColumns>"
    "<style>OneColumn</style></layoutSections>"
)
NAME = (
    "<layoutItems><behavior>Required</behavior><field>Name</field></layoutItems>"
    "<layoutItems><behavior>Edit</behavior><field>Email</field></layoutItems>"
)
LAYOUT = SECTION.format(label="Who", items=NAME)


def layout_package(inner, name="Lead-Lead Layout"):
    return package(manifest(Layout=[name]), {f"layouts/{name}.layout": document("Layout", inner)})


def test_external_client_app_is_registered_with_what_its_settings_say(deploy, organisation):
    assert deploy(APP_PACKAGE).success
    app = organisation.apps.find_named("Acme")
    assert app.client_id.startswith("3MVG9")
    assert app.callback_urls == ("https://a.example/one", "https://a.example/two")
    assert app.scopes == ("api", "refresh_token", "openid")
    assert (app.pkce_required, app.rotates_refresh_tokens, app.secret_required) == (
        True,
        True,
        True,
    )
    assert (app.admin_approved, app.run_as) == (True, "flow@acme.example")


def test_external_client_app_keeps_its_key_when_it_is_deployed_again(deploy, organisation, session):
    deploy(APP_PACKAGE)
    key = organisation.apps.find_named("Acme").client_id
    assert not any(message.changed for message in deploy(APP_PACKAGE).messages)
    changed = {
        **APP_FILES,
        "extlClntAppGlobalOauthSets/Acme_g.ecaGlblOauth": document(
            "ExtlClntAppGlobalOauthSettings",
            f"<callbackUrl>https://b.example</callbackUrl>{APP}",
        ),
    }
    job = deploy(package(manifest(**APP_MEMBERS), changed))
    assert [m.full_name for m in job.messages if m.changed] == ["Acme_g"]
    app = organisation.apps.find_named("Acme")
    assert (app.client_id, app.callback_urls) == (key, ("https://b.example",))
    (settings,) = organisation.metadata.read(session, "ExtlClntAppGlobalOauthSettings", ["Acme_g"])
    assert settings.definition.get("consumerKey") == key


def test_external_client_app_is_gone_when_it_is_deleted(deploy, organisation):
    deploy(APP_PACKAGE)
    removal = {"destructiveChanges.xml": manifest(**APP_MEMBERS)}
    assert deploy(package(manifest(), removal)).success
    assert organisation.apps.find_named("Acme") is None


def test_app_is_not_registered_when_the_deployment_is_rolled_back(deploy, organisation):
    files = {**APP_FILES, "tabs/X.tab": document("CustomTab", "<label>X</label>")}
    job = deploy(package(manifest(**APP_MEMBERS, CustomTab=["X"]), files))
    assert not job.success
    assert organisation.apps.find_named("Acme") is None


def test_layout_decides_what_the_page_shows(deploy, organisation):
    job = deploy(layout_package(LAYOUT))
    assert job.success, job.messages
    assert (job.messages[0].created, job.messages[0].changed) == (False, True)
    (layout,) = organisation.layouts.of(organisation.catalogue.get("Lead"))
    (section,) = layout.content["layoutSections"]
    assert (section["label"], section["detailHeading"]) == ("Who", True)
    assert [item["field"] for item in section["layoutColumns"][0]["layoutItems"]] == [
        "Name",
        "Email",
    ]
    assert job.messages[0].id == layout.id
    assert not deploy(layout_package(LAYOUT)).messages[0].changed


def test_layout_that_came_with_the_organisation_is_read(organisation, session):
    name = "Contact-Contact Layout"
    (found,) = organisation.metadata.read(session, "Layout", [name])
    labels = [section.get("label") for section in found.definition.all("layoutSections")]
    assert labels[0] == "Contact Information"
    listed = organisation.metadata.list(session, [("Layout", None)])
    assert name in {each.full_name for each in listed}


@pytest.mark.parametrize(
    ("inner", "problem"),
    [
        (
            SECTION.format(label="X", items="<layoutItems><field>Nope__c</field></layoutItems>"),
            "In field: field - no CustomField named Lead.Nope__c found",
        ),
        (
            SECTION.format(label="X", items="<layoutItems><page>Nope</page></layoutItems>"),
            "In field: page - no ApexPage named Nope found",
        ),
        (
            f"<customButtons>Nope</customButtons>{LAYOUT}",
            "In field: customButtons - no WebLink named Lead.Nope found",
        ),
    ],
)
def test_layout_is_refused_when_it_names_what_is_not_there(deploy, problems, inner, problem):
    assert problems(deploy(layout_package(inner))) == {"Lead-Lead Layout": problem}


def test_last_layout_of_an_object_stays(deploy, organisation, problems):
    deploy(layout_package(LAYOUT))
    deploy(layout_package(LAYOUT, "Lead-Other Layout"))

    def remove(name):
        removal = {"destructiveChanges.xml": manifest(Layout=[name])}
        return deploy(package(manifest(), removal))

    assert remove("Lead-Lead Layout").success
    assert "last layout" in problems(remove("Lead-Other Layout"))["Lead-Other Layout"]
    (left,) = organisation.layouts.of(organisation.catalogue.get("Lead"))
    assert left.name == "Other Layout"
