import json

import pytest

from salesforce_simulator.protocols import versions
from tests.salesforce_simulator.recorded import recordings


@pytest.mark.parametrize(
    ("version", "label"),
    [(31, "Summer '14"), (48, "Spring '20"), (59, "Winter '24"), (68, "Winter '27")],
)
def test_label_names_the_release(version, label):
    assert versions.label(version) == label


def test_labels_are_those_of_a_real_organisation_where_both_serve_a_version():
    real = json.loads(recordings("auth/reportforce_versions.json").read_text())
    theirs = {entry["version"]: entry["label"].replace("\u2019", "'") for entry in real}
    ours = {entry["version"]: entry["label"] for entry in versions.catalogue()}
    shared = theirs.keys() & ours.keys()
    assert len(shared) == 18
    assert {v: ours[v] for v in shared} == {v: theirs[v] for v in shared}


def test_versions_below_31_are_retired_and_unknown_ones_are_neither():
    assert versions.is_retired("30.0")
    assert not versions.is_retired("31.0")
    assert not versions.is_retired("1.0")
    assert versions.is_supported("31.0")
    assert versions.is_supported("68.0")
    assert not versions.is_supported("69.0")
    assert not versions.is_supported("60.1")
    assert not versions.is_supported("60")
