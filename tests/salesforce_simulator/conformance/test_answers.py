"""Answers of real organisations, and whether ours have the same status, keys and types."""

import json

import pytest

from tests.salesforce_simulator.conformance.answers import ANSWERS, STATUSES, Asker
from tests.salesforce_simulator.conformance.cassettes import xml_as_json
from tests.salesforce_simulator.conformance.differences import unexplained
from tests.salesforce_simulator.conformance.shapes import differences
from tests.salesforce_simulator.protocols.organisation_process import OrganisationProcess
from tests.salesforce_simulator.recorded import recordings


@pytest.fixture(scope="module")
def asker(tmp_path_factory):
    process = OrganisationProcess(tmp_path_factory.mktemp("answers"), "--control")
    yield Asker(process)
    process.stop()


@pytest.mark.parametrize("name", ANSWERS)
def test_answer_has_the_recorded_shape(asker, name):
    text = recordings(f"{name}.json").read_text("utf-8")
    theirs = json.loads(text) if text.strip() else None
    status, ours = ANSWERS[name](asker)
    assert status == STATUSES.get(name, 200), ours
    found = differences(ours, theirs, name)
    assert "\n".join(unexplained(found)) == ""


@pytest.mark.parametrize("name", [name for name in STATUSES if "error" in name])
def test_error_has_the_recorded_code(asker, name):
    theirs = json.loads(recordings(f"{name}.json").read_text("utf-8"))
    _, ours = ANSWERS[name](asker)
    if isinstance(theirs[0], dict):
        assert ours[0]["errorCode"] == theirs[0]["errorCode"]


LOGIN = """<?xml version="1.0"?>
<env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/"><env:Body>
<login xmlns="urn:partner.soap.sforce.com"><username>{username}</username>
<password>{password}{security_token}</password></login></env:Body></env:Envelope>"""


def test_log_in_is_answered_with_the_recorded_elements(asker):
    reply = asker.organisation.session().post(
        f"{asker.organisation.url}/services/Soap/u/59.0",
        data=LOGIN.format(**asker.organisation.ready),
        headers={"Content-Type": "text/xml", "SOAPAction": "login"},
    )
    theirs = xml_as_json(recordings("auth", "reportforce_login_successful.xml").read_bytes())
    assert reply.status_code == 200
    found = differences(xml_as_json(reply.content), theirs, "login")
    assert "\n".join(unexplained(found)) == ""
