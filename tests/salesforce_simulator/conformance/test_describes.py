"""Describes against recorded ones: key by key, type by type, and every attribute of each field."""

import json

import pytest

from salesforce_simulator.organisation.organisation import Organisation
from tests.salesforce_simulator.conformance.differences import unexplained
from tests.salesforce_simulator.recorded import recordings

FULL = ["Account", "Case", "Contact", "Event", "Lead", "Opportunity", "OpportunityContactRole"]
# Depend on the organisation and on what an administrator has set up in it.
LOCAL = {"urls", "fields", "childRelationships", "recordTypeInfos", "supportedScopes"}


@pytest.fixture(scope="module")
def organisation(tmp_path_factory):
    opened = Organisation.open(tmp_path_factory.mktemp("org"), seed="leads:1")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def session(organisation):
    given = organisation.credentials()
    return organisation.login(given["username"], given["password"] + given["security_token"])


def recorded(folder, name):
    return json.loads(recordings(folder, f"{name}.json").read_text("utf-8"))


def by(items, *keys):
    return {"-".join(str(item[key]) for key in keys): item for item in items}


def differing(path, ours, theirs):
    """Return the paths of attributes that one side alone has, or that differ in value."""
    keys = sorted(ours.keys() | theirs.keys())
    return [
        f"{path}/{key}"
        for key in keys
        if key not in ours or key not in theirs or ours[key] != theirs[key]
    ]


def compare_fields(path, ours, theirs, keys=None, objects=()):
    """Compare fields; of references only those to objects that are here."""
    ours, theirs = by(ours["fields"], "name"), by(theirs["fields"], "name")
    found = [f"{path}/fields/{name}/missing" for name in theirs.keys() - ours.keys()]
    for name in sorted(ours.keys() & theirs.keys()):
        left = {key: value for key, value in ours[name].items() if keys is None or key in keys}
        right = {key: value for key, value in theirs[name].items() if keys is None or key in keys}
        if "referenceTo" in right:
            right["referenceTo"] = [parent for parent in right["referenceTo"] if parent in objects]
        found += differing(f"{path}/fields/{name}", left, right)
    return found


def compare_children(path, ours, theirs):
    ours = by(ours["childRelationships"], "childSObject", "field")
    theirs = by(theirs["childRelationships"], "childSObject", "field")
    return [
        changed
        for key in sorted(ours.keys() & theirs.keys())
        for changed in differing(f"{path}/children/{key}", ours[key], theirs[key])
    ]


def described(organisation, session, name, version="59.0"):
    if organisation.catalogue_for(session).find(name) is None:
        pytest.skip(f"this organisation has no {name}")
    return organisation.describe(name, session, version)


@pytest.mark.parametrize("name", FULL)
def test_describe_differs_from_a_recorded_one_only_where_a_reason_is_given(
    organisation, session, name
):
    ours, theirs = described(organisation, session, name), recorded("describe", name)
    path = f"describe/{name}"
    found = differing(
        path,
        {key: value for key, value in ours.items() if key not in LOCAL},
        {key: value for key, value in theirs.items() if key not in LOCAL},
    )
    objects = {sobject.name for sobject in organisation.catalogue}
    found += compare_fields(path, ours, theirs, objects=objects)
    found += compare_children(path, ours, theirs)
    assert "\n".join(unexplained(found)) == ""


@pytest.mark.parametrize("name", FULL)
def test_addresses_and_record_types_have_the_recorded_keys(organisation, session, name):
    ours, theirs = described(organisation, session, name), recorded("describe", name)
    pages = {"uiDetailTemplate", "uiEditTemplate", "uiNewRecord"}  # REST adds them with its host
    addresses = ours["urls"].keys() ^ (theirs["urls"].keys() - pages)
    assert unexplained([f"describe/{name}/urls/{key}" for key in addresses]) == []
    for left, right in zip(ours["recordTypeInfos"], theirs["recordTypeInfos"], strict=False):
        assert left.keys() == right.keys()
    assert bool(ours["recordTypeInfos"]) == bool(theirs["recordTypeInfos"])
    scopes = by(theirs["supportedScopes"], "name")
    for scope in ours["supportedScopes"]:
        assert scope == scopes[scope["name"]]


def test_fields_agree_with_those_of_a_recorded_organisation_of_version_64(organisation, session):
    found, compared = [], 0
    for sobject in organisation.catalogue_for(session):
        path = recordings("describe-lite-v64", f"{sobject.name}.json")
        if not path.exists():
            continue
        compared += 1
        keys = {"name", "type", "nillable", "createable", "updateable", "autoNumber", "label"}
        ours = organisation.describe(sobject.name, session, "64.0")
        theirs = json.loads(path.read_text("utf-8"))
        found += compare_fields(f"describe-lite/{sobject.name}", ours, theirs, keys)
    assert compared >= 13
    assert "\n".join(unexplained(found)) == ""


def test_global_describe_agrees_with_a_recorded_one(organisation, session):
    ours, theirs = organisation.describe_global(session, "60.0"), recorded("describe", "Global")
    assert {key: ours[key] for key in ("encoding", "maxBatchSize")} == {
        key: theirs[key] for key in ("encoding", "maxBatchSize")
    }
    ours, theirs = by(ours["sobjects"], "name"), by(theirs["sobjects"], "name")
    found = []
    for name in sorted(ours.keys() & theirs.keys()):
        left = {**ours[name], "urls": sorted(ours[name]["urls"])}
        right = {**theirs[name], "urls": sorted(theirs[name]["urls"])}
        found += differing(f"global/{name}", left, right)
    assert len(ours.keys() & theirs.keys()) >= 8
    assert "\n".join(unexplained(found)) == ""
