import itertools
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesforce_simulator.organisation.ids import full_id, make_id, make_ids, normalise_id
from tests.salesforce_simulator.recorded import recordings

ID = re.compile(r'"(?:00Q|001|003|005|006|701|750|00D)[0-9A-Za-z]{15}"')


def test_checksum_agrees_with_every_recorded_id():
    found = set()
    for file in recordings("bulk2").rglob("*.json"):
        found |= {match[1:-1] for match in ID.findall(file.read_text("utf-8"))}
    mock = recordings("swiftlysalesforce") / "MockAccount.json"
    found.add(json.loads(mock.read_text("utf-8"))["OwnerId"])
    assert len(found) >= 5
    assert {full_id(record_id[:15]) for record_id in found} == found


@given(st.integers(0, 62**7 - 1), st.sampled_from(["00Q", "003", "001"]))
def test_id_is_found_again_from_its_short_form_and_from_any_case(number, prefix):
    record_id = make_id(prefix, number)
    assert normalise_id(record_id[:15]) == record_id
    assert normalise_id(record_id.lower()) == record_id
    assert normalise_id(record_id.upper()) == record_id


@given(st.integers(0, 62**5))
def test_run_of_ids_is_the_same_as_single_ids(first):
    run = list(itertools.islice(make_ids("00Q", first), 5))
    assert run == [make_id("00Q", first + step) for step in range(5)]
    assert run == sorted(run)


@pytest.mark.parametrize("text", ["", "00Q", "00Q00000000000!", "00QHs0000000001MAB", "x" * 17])
def test_id_is_refused_when_its_shape_or_checksum_is_wrong(text):
    assert normalise_id(text) is None
