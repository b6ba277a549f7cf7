"""One spelling for an e-mail address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lists.emails import list_spellings, normalise_email

LABELS = st.text(st.characters(categories=["Ll", "Nd"]), min_size=1, max_size=20)


@pytest.mark.fault("F76")
@given(st.text(max_size=40), st.sampled_from(["", "xn--", "XN--"]), st.text(max_size=20))
def test_a_normalised_address_is_normalised_for_good_whatever_it_was(local, prefix, label):
    once = normalise_email(f"{local}@{prefix}{label}.example")

    assert normalise_email(once) == once


@pytest.mark.fault("F76")
@given(LABELS, LABELS)
def test_every_spelling_of_an_address_is_normalised_to_it(local, label):
    address = normalise_email(f"{local}@{label}.example")

    spellings = list_spellings(address)

    assert address in spellings
    assert {normalise_email(spelling) for spelling in spellings} == {address}


def test_a_domain_is_spelled_in_ascii_and_in_two_forms_of_its_own_letters():
    assert list_spellings("a@m\xfcnchen.de") == [
        "a@m\xfcnchen.de",
        "a@mu\N{COMBINING DIAERESIS}nchen.de",
        "a@xn--mnchen-3ya.de",
    ]
    assert list_spellings("a@example.com") == ["a@example.com"]
