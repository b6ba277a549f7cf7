"""What the fields of a campaign's member are: its own, or those of the person behind it.

Salesforce shows a member with the name, the address and so on of its lead or contact, and lets
nobody write these through the member: they are written to the person. Which of a member's own
fields can be written, its description says.
"""

from collections.abc import Mapping

MEMBER = "CampaignMember"
STATUS = "Status"
LEAD, CONTACT = "Lead", "Contact"
# Whose fields a campaign's list shows.
MEMBER_OBJECTS = (MEMBER, LEAD, CONTACT)
# The field of a member that names its person; that of a converted lead has both, and is a contact.
PERSON_KEYS: Mapping[str, str] = {CONTACT: "ContactId", LEAD: "LeadId"}

_SAME_NAME = (
    "Salutation",
    "FirstName",
    "LastName",
    "Title",
    "Email",
    "Phone",
    "Fax",
    "MobilePhone",
    "Description",
    "LeadSource",
    "DoNotCall",
    "HasOptedOutOfEmail",
    "HasOptedOutOfFax",
)
_ADDRESS = ("Street", "City", "State", "PostalCode", "Country")
_NAMES: Mapping[str, Mapping[str, str]] = {
    LEAD: {
        **{name: name for name in (*_SAME_NAME, *_ADDRESS)},
        "CompanyOrAccount": "Company",
    },
    # A contact's company is its account, another record.
    CONTACT: {
        **{name: name for name in _SAME_NAME},
        **{name: f"Mailing{name}" for name in _ADDRESS},
    },
}
# A new person may come with these; on an existing one a campaign's list must not undo a wish.
WISHES = frozenset({"DoNotCall", "HasOptedOutOfEmail", "HasOptedOutOfFax"})


def find_person_field(name: str, sobject_type: str) -> str:
    """Return the field of a lead or contact that a member's field shows; empty where there is none.

    `sobject_type` is LEAD or CONTACT.
    """
    return _NAMES[sobject_type].get(name, "")
