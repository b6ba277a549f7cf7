import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.salesforce import normalise_id

# Ids with the checksums that organisations gave them.
KNOWN = ["7504x00000XkfyMAAR", "0054x000006Riv4AAC", "0038M0000016Wv8QAE"]

short_ids = st.text(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", min_size=15, max_size=15
)


@pytest.mark.fault("F46")
@pytest.mark.parametrize("long_id", KNOWN)
def test_id_gets_its_checksum_when_it_has_15_characters(long_id):
    assert normalise_id(long_id[:15]) == long_id


@pytest.mark.fault("F46")
@given(short_ids)
def test_id_is_the_same_record_when_its_case_was_lost(short_id):
    long_id = normalise_id(short_id)

    assert long_id.startswith(short_id)
    assert normalise_id(long_id) == long_id
    assert normalise_id(long_id.lower()) == long_id
    assert normalise_id(long_id.upper()) == long_id


@pytest.mark.parametrize(
    "text",
    ["", "short", "00D5e000000abcdEA", "00D5e000000abcdEAA9", "00D5e000000abc'", "0" * 14 + "é"],
)
def test_id_is_refused_when_it_is_none(text):
    with pytest.raises(ValueError, match="not a Salesforce id"):
        normalise_id(text)


def test_id_is_refused_when_its_checksum_says_that_a_digit_is_a_capital():
    with pytest.raises(ValueError, match="checksum"):
        normalise_id("123456789012345AAB")
