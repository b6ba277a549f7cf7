import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime

import pytest

from salesforce_simulator.organisation.oauth.canvas import issued_at, sign
from tests.salesforce_simulator.recorded import recordings


def test_signed_request_is_that_of_the_vector():
    vector = json.loads((recordings("auth") / "canvas-signed-request-vector.json").read_text())
    payload = json.loads(base64.b64decode(vector["signed_request"].partition(".")[2]))
    assert sign(payload, vector["secret"]) == vector["signed_request"]


def test_signature_covers_the_encoded_payload():
    signature, _, encoded = sign({"name": "Jürgen"}, "s").partition(".")
    wanted = hmac.new(b"s", encoded.encode(), hashlib.sha256).digest()
    assert base64.b64decode(signature) == wanted
    assert json.loads(base64.b64decode(encoded)) == {"name": "Jürgen"}


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        (datetime(2025, 4, 1, 12, 30, 6, 712_000, tzinfo=UTC), -246_115_464),
        (datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC), 1000),
        (datetime(1970, 1, 25, 20, 31, 23, 647_000, tzinfo=UTC), 2**31 - 1),
        (datetime(1970, 1, 25, 20, 31, 23, 648_000, tzinfo=UTC), -(2**31)),
    ],
)
def test_moment_of_issue_is_cut_to_32_bits_as_in_captured_requests(moment, written):
    assert issued_at(moment) == written
