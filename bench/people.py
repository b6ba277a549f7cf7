"""The fields that a benchmark reads, and the people that it sends."""

from collections.abc import Iterator

# With Id and OwnerId, which are always read, 22 columns.
PULL_FIELDS = (
    "FirstName", "LastName", "Title", "Company", "Email", "Phone", "MobilePhone",
    "Street", "City", "State", "PostalCode", "Country", "LeadSource", "Status", "Rating",
    "Industry", "AnnualRevenue", "NumberOfEmployees", "Website", "Description",
)  # fmt: skip
RECORD_ID_FIELD = "ActOn_Record_Id__c"
READ_EVERYTHING = (
    f"SELECT Id, OwnerId, {', '.join(PULL_FIELDS)} FROM Lead WHERE IsConverted = false"  # noqa: S608 - made of constants
)


def make_people(count: int, sender: str) -> Iterator[dict[str, str]]:
    """Yield people with values in ten fields.

    The addresses carry the sender's name: what two programs send never meets in Salesforce.
    """
    for number in range(count):
        yield {
            "FirstName": f"Ann{number % 997}",
            "LastName": f"Müller-Example {number}",
            "Title": f"Director, Region {number % 31}",
            "Company": f"Company {number % 4999} & Sons",
            "Email": f"{sender}{number}@people.example.org",
            "Phone": f"+49 30 {number:07}",
            "City": "Berlin",
            "Country": "Germany",
            "LeadSource": "Web",
            "Industry": "Education",
        }
