"""The demonstration: some hundred people of many scripts, campaigns and opportunities."""

import sqlite3
from collections.abc import Callable
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from salesforce_simulator.organisation.catalogue import Catalogue
from salesforce_simulator.organisation.clock import to_stamp
from salesforce_simulator.organisation.dml import writer
from salesforce_simulator.organisation.dml.transaction import Transaction
from salesforce_simulator.seeds.foundation import BORN
from salesforce_simulator.seeds.people import DESCRIPTIONS, REGIONS, TITLES

LEADS = 500
CONTACTS = 300
ACCOUNTS = 60
OPPORTUNITIES = 80
CAMPAIGNS = (
    ("Spring Webinar: «Growth»", "Webinar", "Completed"),
    ("Trade Fair, Hall B", "Trade Show", "Completed"),
    ('Newsletter "Autumn"', "Email", "In Progress"),
    ("お客様感謝祭 2026", "Conference", "Planned"),
    ("Referral Programme", "Referral Program", "In Progress"),
)
TASKS = 12
QUEUE_NAME = "Unassigned Leads"
_STAGES = (
    "Prospecting", "Qualification", "Needs Analysis", "Proposal/Price Quote",
    "Negotiation/Review", "Closed Won", "Closed Lost",
)  # fmt: skip
_ROLES = ("Decision Maker", "Evaluator", "Influencer", "Economic Buyer", None)
_FIRST_DAY = date(2026, 3, 2)

Create = Callable[[str, dict[str, Any]], str]


def plant_demo(connection: sqlite3.Connection, catalogue: Catalogue, user_ids: list[str]) -> None:
    """Add the demonstration's records, owned by the users after the first."""
    random = Random(20260105)  # noqa: S311 - invented data, not secrets
    create = _creator(connection, catalogue, user_ids, random)
    owners = user_ids[1:]
    accounts = [create("Account", _account(number, random, owners)) for number in range(ACCOUNTS)]
    leads = [create("Lead", _lead(number, random, owners)) for number in range(LEADS)]
    contacts = [
        create("Contact", _contact(number, random, owners, accounts)) for number in range(CONTACTS)
    ]
    campaigns = [create("Campaign", _campaign(*item, owners[0])) for item in CAMPAIGNS]
    _members(create, random, campaigns, leads, contacts)
    _opportunities(create, random, accounts, contacts, owners, campaigns)
    _queue(create)
    _tasks(create, random, owners, leads, contacts)


def _creator(
    connection: sqlite3.Connection, catalogue: Catalogue, user_ids: list[str], random: Random
) -> Create:
    """Return a function that creates a record at a moment between the seed's birth and June."""
    born = datetime.fromisoformat(BORN)

    def create(sobject_type: str, values: dict[str, Any]) -> str:
        moment = born + timedelta(seconds=random.randrange(150 * 86_400))
        user_id = random.choice(user_ids)
        tx = Transaction(connection, catalogue, catalogue, user_id, to_stamp(moment))
        return writer.create(tx, catalogue.get(sobject_type), values)

    return create


def _account(number: int, random: Random, owners: list[str]) -> dict[str, Any]:
    region = REGIONS[number % len(REGIONS)]
    return {
        "Name": f"{random.choice(region.companies)} {number + 1}",
        "Type": random.choice(("Prospect", "Customer - Direct", None)),
        "BillingStreet": region.street,
        "BillingCity": region.city,
        "BillingState": region.state,
        "BillingPostalCode": region.postal_code,
        "BillingCountry": region.country,
        "Website": f"https://company{number + 1}.example.com",
        "OwnerId": random.choice(owners),
    }


def _lead(number: int, random: Random, owners: list[str]) -> dict[str, Any]:
    region = REGIONS[number % len(REGIONS)]
    return {
        "FirstName": random.choice(region.firsts) if random.random() < 0.95 else None,  # noqa: PLR2004 - a share
        "LastName": random.choice(region.lasts),
        "Company": random.choice(region.companies),
        "Title": random.choice((*TITLES, None)),
        "Email": _email("lead", number),
        "Phone": f"+1 (555) 01{number % 100:02}",
        "Street": region.street,
        "City": region.city,
        "State": region.state,
        "PostalCode": region.postal_code,
        "Country": region.country,
        "LeadSource": random.choice(("Web", "Phone Inquiry", "Partner Referral", "Other", None)),
        "Status": random.choice(("Open - Not Contacted", "Working - Contacted")),
        "Rating": random.choice(("Hot", "Warm", "Cold", None)),
        "Industry": random.choice(("Banking", "Education", "Energy", None)),
        "AnnualRevenue": random.choice((1_000_000, 250_000, None)),
        "NumberOfEmployees": random.randrange(1, 5_000),
        "Description": random.choice((*DESCRIPTIONS, None)),
        "HasOptedOutOfEmail": number % 25 == 0,
        "OwnerId": owners[number % len(owners)],
    }


def _contact(number: int, random: Random, owners: list[str], accounts: list[str]) -> dict[str, Any]:
    region = REGIONS[number % len(REGIONS)]
    bounced = number % 40 == 0
    return {
        "FirstName": random.choice(region.firsts),
        "LastName": random.choice(region.lasts),
        "AccountId": accounts[number % len(accounts)],
        "Title": random.choice(TITLES),
        "Email": _email("contact", number),
        "Phone": f"+44 20 7946 0{number % 1000:03}",
        "MailingStreet": region.street,
        "MailingCity": region.city,
        "MailingState": region.state,
        "MailingPostalCode": region.postal_code,
        "MailingCountry": region.country,
        "LeadSource": random.choice(("Web", "Purchased List", None)),
        "Birthdate": (date(1960, 1, 1) + timedelta(days=random.randrange(15_000))).isoformat(),
        "Description": random.choice((*DESCRIPTIONS, None)),
        "HasOptedOutOfEmail": number % 30 == 0,
        "EmailBouncedReason": "550 5.1.1 mailbox unknown" if bounced else None,
        "EmailBouncedDate": "2026-06-10T08:00:00Z" if bounced else None,
        "OwnerId": owners[number % len(owners)],
    }


def _email(kind: str, number: int) -> str | None:
    """Return an address; some differ in case or domain, and every 50th person has none."""
    if number % 50 == 49:  # noqa: PLR2004 - the last of fifty
        return None
    address = f"{kind}{number + 1}@{('example.com', 'example.org', 'mail.example.net')[number % 3]}"
    return address.upper() if number % 60 == 7 else address  # noqa: PLR2004 - one of sixty


def _campaign(name: str, kind: str, status: str, owner: str) -> dict[str, Any]:
    return {
        "Name": name,
        "Type": kind,
        "Status": status,
        "IsActive": status != "Completed",
        "StartDate": _FIRST_DAY.isoformat(),
        "EndDate": (_FIRST_DAY + timedelta(days=60)).isoformat(),
        "BudgetedCost": 25_000,
        "Description": "Runs in several countries,\nsee the plan.",
        "OwnerId": owner,
    }


def _members(
    create: Create, random: Random, campaigns: list[str], leads: list[str], contacts: list[str]
) -> None:
    for campaign_id in campaigns:
        create(
            "CampaignMemberStatus",
            {"CampaignId": campaign_id, "Label": "Attended", "HasResponded": True},
        )
        people = [("LeadId", lead) for lead in random.sample(leads, 40)]
        people += [("ContactId", contact) for contact in random.sample(contacts, 25)]
        for column, person_id in people:
            status = random.choice(("Sent", "Responded", "Attended", None))
            create(
                "CampaignMember", {"CampaignId": campaign_id, column: person_id, "Status": status}
            )


def _opportunities(
    create: Create,
    random: Random,
    accounts: list[str],
    contacts: list[str],
    owners: list[str],
    campaigns: list[str],
) -> None:
    for number in range(OPPORTUNITIES):
        close = _FIRST_DAY + timedelta(days=random.randrange(600))
        opportunity_id = create(
            "Opportunity",
            {
                "Name": f"Deal {number + 1}, phase {number % 3 + 1}",
                "AccountId": accounts[number % len(accounts)],
                "StageName": _STAGES[number % len(_STAGES)],
                "CloseDate": close.isoformat(),
                "Amount": random.randrange(1_000, 500_000),
                "CampaignId": random.choice((*campaigns, None)),
                "OwnerId": owners[number % len(owners)],
            },
        )
        for place, contact_id in enumerate(random.sample(contacts, number % 3 + 1)):
            create(
                "OpportunityContactRole",
                {
                    "OpportunityId": opportunity_id,
                    "ContactId": contact_id,
                    "Role": random.choice(_ROLES),
                    "IsPrimary": place == 0,
                },
            )


def _queue(create: Create) -> None:
    """Add the queue for leads that nobody has taken up."""
    queue_id = create("Group", {"Name": QUEUE_NAME, "Type": "Queue"})
    create("QueueSobject", {"QueueId": queue_id, "SobjectType": "Lead"})


def _tasks(
    create: Create, random: Random, owners: list[str], leads: list[str], contacts: list[str]
) -> None:
    """Add calls to make and e-mails that were sent."""
    for number in range(TASKS):
        sent = number % 2 == 0
        create(
            "Task",
            {
                "Subject": "Email: Autumn newsletter" if sent else "Call",
                "TaskSubtype": "Email" if sent else "Call",
                "Status": "Completed" if sent else "Not Started",
                "ActivityDate": (_FIRST_DAY + timedelta(days=random.randrange(120))).isoformat(),
                "WhoId": random.choice(leads if number % 3 else contacts),
                "OwnerId": owners[number % len(owners)],
            },
        )
