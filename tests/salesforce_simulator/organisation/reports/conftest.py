"""One organisation with leads of all kinds, for the tests that only look."""

import itertools

import pytest

from salesforce_simulator.organisation.organisation import Organisation

CITIES = ("Oslo", "oslo", "New York", "100% Town", "Under_score", "O'Fallon", "Back\\slash", None)
RATINGS = ("Hot", "Warm", "Cold", None)
EMPLOYEES = (1, 10, 250, 2_500, None)


@pytest.fixture(scope="package")
def organisation(tmp_path_factory):
    opened = Organisation.open(tmp_path_factory.mktemp("reports"), seed="leads:0")
    given = opened.credentials()
    session = opened.login(given["username"], given["password"] + given["security_token"])
    kinds = itertools.product(CITIES, RATINGS, EMPLOYEES)
    for number, (city, rating, employees) in enumerate(itertools.islice(kinds, 0, None, 2)):
        values = {
            "LastName": f"Lead {number}",
            "Company": "Ünïted" if number % 3 else "Acme, Inc.",
            "City": city,
            "Rating": rating,
            "NumberOfEmployees": employees,
            "HasOptedOutOfEmail": number % 4 == 0,
        }
        made = opened.create("Lead", values, session)
        bounced = f"2026-0{number % 3 + 1}-01T12:00:00Z" if number % 5 else None
        opened.update("Lead", made, {"EmailBouncedDate": bounced}, session)
    yield opened
    opened.close()


@pytest.fixture(scope="package")
def session(organisation):
    given = organisation.credentials()
    return organisation.login(given["username"], given["password"] + given["security_token"])
