"""Each recording is compared somewhere, or it is said here why not."""

import os
import re
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from tests.salesforce_simulator.conformance.answers import ANSWERS
from tests.salesforce_simulator.recorded import recordings

TESTS = Path(__file__).resolve().parents[1]

# Files by pattern, and the module that compares them.
COMPARED = {
    "auth/canvas-*": "organisation/test_canvas.py",
    "auth/reportforce_login_failed.xml": "protocols/test_soap_login_faults.py",
    "auth/reportforce_login_successful.xml": "conformance/test_answers.py",
    "auth/reportforce_versions.json": "protocols/test_versions.py",
    "bulk2/ingest-lifecycle.json": "protocols/test_bulk2_ingest.py",
    "bulk2/query-lifecycle.json": "protocols/test_bulk2_queries.py",
    "cumulusci-cassettes/*": "conformance/test_cassettes.py",
    "describe/*": "conformance/test_describes.py",
    "describe-lite-v64/*": "conformance/test_describes.py",
    "errors/real-messages.json": "protocols/test_data_rules.py",
    "metadata/*": "organisation/metadata/test_components.py",
    "reports/*": "protocols/test_report_recordings.py",
    "restforce/auth_success_response.json": "protocols/oauth/test_token.py",
    "restforce/re*auth_success_response.json": "protocols/oauth/test_token.py",
    "restforce/refresh_*": "protocols/oauth/test_token.py",
    "swiftlysalesforce/MockIdentity*": "protocols/oauth/test_about_tokens.py",
    "wsdl/partner.wsdl.xml": "protocols/test_soap_data.py",
    "wsdl/metadata*": "protocols/metadata/conftest.py",
}
NOT_COMPARED = {
    "MANIFEST.md": "tells where the others come from",
    "bulk2/airbyte_*": "what query-lifecycle.json begins with",
    "bulk2/result-csv-shapes.json": "put together from logs; test_bulk2_ingest.py has its shapes",
    "errors/wsdl-*": "names alone, of codes that an organisation may answer with",
    "restforce/auth_error_response.json": "the text of a password flow that is gone",
    "restforce/list_view_results_success_response.json": "there are no list views",
    "restforce/search_*": "there is no search",
    "soap-templates-confluex/*": "made by hand for API 28, and older than the WSDL",
    "swiftlysalesforce/MockAddress.json": "a part of a record with codes of states and countries",
    "swiftlysalesforce/MockObjectDescription.json": "the same object as MockAccountMetadata",
    "swiftlysalesforce/MockSearchResults.json": "there is no search",
}


def test_recordings_are_there_in_continuous_integration():
    if os.environ.get("CI", "").lower() != "true":
        pytest.skip("nobody asks for them on a desk")
    assert recordings("MANIFEST.md").exists()


def test_each_recording_is_compared_or_said_why_not():
    folder = recordings()
    if not folder.is_dir():
        pytest.skip(f"no recordings in {folder}")
    names = [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]
    known = [*COMPARED, *NOT_COMPARED, *(f"{name}.json" for name in ANSWERS)]
    assert [n for n in names if not any(fnmatchcase(n, pattern) for pattern in known)] == []


@pytest.mark.parametrize("module", sorted(set(COMPARED.values())))
def test_module_that_compares_exists_and_reads_recordings(module):
    texts = [path.read_text() for path in TESTS.glob(module)]
    assert texts
    assert any(re.search(r"\b(recordings|recorded|steps)\(", text) for text in texts)
