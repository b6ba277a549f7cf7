import pytest

from connectors.forms import CredentialsForm


def fill(**changes):
    values = {
        "login_address": "my_domain",
        "my_domain": "acme.my.salesforce.com",
        "username": "integration@example.com",
        "password": " pass word ",
        "security_token": "abc123",
    }
    return CredentialsForm({**values, **changes})


@pytest.mark.parametrize("address", ["login.salesforce.com", "test.salesforce.com"])
def test_form_takes_the_fixed_host_when_production_or_sandbox_is_chosen(address):
    form = fill(login_address=address, my_domain="")

    assert form.is_valid()
    assert form.credentials().login_host == address


def test_form_asks_which_address_is_meant_when_two_are_given():
    form = fill(login_address="login.salesforce.com", my_domain="acme.my.salesforce.com")

    assert not form.is_valid()
    assert "Choose “My Domain” above" in form.errors["my_domain"][0]


@pytest.mark.requirement("S9")
def test_form_keeps_spaces_of_the_password_and_none_of_the_token():
    form = fill(security_token=" abc123 ")

    assert form.is_valid()
    assert form.credentials().password == " pass word "
    assert form.credentials().security_token == "abc123"


def test_form_takes_a_my_domain_address_as_the_browser_shows_it():
    form = fill(my_domain="https://Acme--Dev.sandbox.my.salesforce.com/")

    assert form.is_valid()
    assert form.credentials().login_host == "acme--dev.sandbox.my.salesforce.com"


@pytest.mark.threat("T13")
@pytest.mark.parametrize(
    "host",
    [
        "",
        "127.0.0.1:8443",
        "169.254.169.254/#.salesforce.com",
        "a@127.0.0.1",
        "salesforce.com.evil.example",
        "evil-salesforce.com",
        "acme.my.salesforce.com@evil.example",
        "http://acme.my.salesforce.com",
        "acme.my.salesforce.com/../..",
    ],
)
def test_form_refuses_an_address_that_is_not_salesforces(host):
    form = fill(my_domain=host)

    assert not form.is_valid()
    assert "is not a Salesforce host" in form.errors["my_domain"][0]


@pytest.mark.threat("T23")
def test_form_shows_no_secret_again_when_it_comes_back_with_an_error():
    page = str(fill(my_domain="evil.example"))

    assert "integration@example.com" in page
    assert "pass word" not in page
    assert "abc123" not in page


def test_credentials_print_without_their_secrets():
    form = fill()
    form.is_valid()

    shown = repr(form.credentials())

    assert "integration@example.com" in shown
    assert "pass word" not in shown
    assert "abc123" not in shown
