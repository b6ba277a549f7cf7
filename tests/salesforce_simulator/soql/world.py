"""An organisation of random records, and the same records as plain dictionaries."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from salesforce_simulator.organisation.organisation import Organisation, Session
from tests.salesforce_simulator.soql.evaluation import Moment, Record, RecordId

ZONES = ("America/Los_Angeles", "Asia/Kolkata", "Pacific/Auckland", "GMT")
TEXTS = (
    "a", "A", "ab", "Ab%", "a_b", "b", "Ä", "ä", "o'x", "back\\slash", "Ünder_score%", "zoë", "ZOË",
    "日本", "🎉 party", "two\nlines", "x*y?[z]", 'say "hi"', "ß", "Ωmega",
)  # fmt: skip
EMAILS = ("ada@example.com", "Ada@Example.com", "bob_x@example.org", "zoe@example.net")
STATUSES = ("Open - Not Contacted", "Working - Contacted", "Closed - Not Converted")
NUMBERS = (0, 1, 2, 7, 100, 4000)
REVENUES = (0.0, 1.0, 99.0, 5000.0, 5001.0, 1_000_000.0)


class World:
    """Leads, accounts, contacts and campaign members; `rows` has them by object."""

    def __init__(self, organisation: Organisation, seed: int) -> None:
        self.organisation = organisation
        self._random = random.Random(seed)
        given = organisation.credentials()
        self._session = organisation.login(
            given["username"], given["password"] + given["security_token"]
        )
        self._owners = [
            {"Id": RecordId(record_id), "Name": name, "Type": "User", "Email": email}
            for record_id, name, email in organisation.query(
                "SELECT Id, Name, Email FROM User WHERE IsActive = TRUE ORDER BY Id LIMIT 3",
                self._session,
            ).rows()
        ]
        self.rows: dict[str, list[Record]] = {}
        self.rows["Lead"] = [self._lead() for _ in range(50)]
        self.rows["Account"] = [self._account() for _ in range(12)]
        self.rows["Contact"] = [self._contact() for _ in range(40)]
        campaigns = [self._campaign() for _ in range(4)]
        people = [("Lead", row) for row in self.rows["Lead"]]
        people += [("Contact", row) for row in self.rows["Contact"]]
        pairs = [(campaign, *person) for campaign in campaigns for person in people]
        self.rows["CampaignMember"] = [
            self._member(*pair) for pair in self._random.sample(pairs, 50)
        ]

    def moment(self, zone: str) -> Moment:
        """Return the present, seen from a zone."""
        return Moment(self.organisation.now(), ZoneInfo(zone))

    def session(self, zone: str) -> Session:
        """Return a session of the user as if he lived in a zone."""
        return replace(self._session, user={**self._session.user, "TimeZoneSidKey": zone})

    def _pick(self, values: tuple[Any, ...], blanks: float = 0.25) -> Any:
        return None if self._random.random() < blanks else self._random.choice(values)

    def _day(self) -> date | None:
        """Return a day near today, or one some months or years away."""
        reach = self._random.choice((2, 10, 100, 800))
        days = self._random.randint(-reach, reach)
        return self._pick((self.organisation.now().date() + timedelta(days),))

    def _time(self) -> datetime | None:
        """Return a moment, most often near a midnight of one of the zones."""
        day = self._day()
        if day is None:
            return None
        zone = ZoneInfo(self._random.choice(ZONES))
        midnight = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
        return midnight + timedelta(seconds=self._random.choice((-3600, -1, 0, 1, 1800, 40_000)))

    def _create(self, sobject: str, values: Record) -> Record:
        """Write a record and return it with its id."""
        written = {name: value for name, value in values.items() if not isinstance(value, dict)}
        written = {name: _written(value) for name, value in written.items()}
        record_id = self.organisation.create(sobject, written, self._session)
        return {**values, "Id": RecordId(record_id)}

    def _owned(self) -> Record:
        owner = self._random.choice(self._owners)
        return {"OwnerId": owner["Id"], "Owner": owner}

    def _bounced(self, sobject: str, row: Record) -> Record:
        """Give a person the day on which a mail to them came back, which only a change may do."""
        moment = self._time()
        change = {"EmailBouncedDate": _written(moment), "EmailBouncedReason": None}
        self.organisation.update(sobject, row["Id"], change, self._session)
        return {**row, "EmailBouncedDate": moment}

    def _lead(self) -> Record:
        values = {
            "FirstName": self._pick(TEXTS),
            "LastName": self._pick(TEXTS, 0),
            "Company": self._pick(TEXTS, 0),
            "City": self._pick(TEXTS, 0.5),
            "Email": self._pick(EMAILS),
            "Status": self._pick(STATUSES, 0),
            "NumberOfEmployees": self._pick(NUMBERS),
            "AnnualRevenue": self._pick(REVENUES),
            "IsUnreadByOwner": self._random.random() < 0.5,
            **self._owned(),
        }
        return self._bounced("Lead", self._create("Lead", values))

    def _account(self) -> Record:
        values = {"Name": self._pick(TEXTS, 0), "NumberOfEmployees": self._pick(NUMBERS)}
        return self._create("Account", {**values, **self._owned()})

    def _contact(self) -> Record:
        account = self._pick(tuple(self.rows["Account"]))
        values = {
            "FirstName": self._pick(TEXTS),
            "LastName": self._pick(TEXTS, 0),
            "Email": self._pick(EMAILS),
            "Birthdate": self._day(),
            "AccountId": account and account["Id"],
            **self._owned(),
        }
        row = self._create("Contact", values)
        return {**self._bounced("Contact", row), "Account": account}

    def _campaign(self) -> Record:
        return self._create("Campaign", {"Name": self._pick(TEXTS, 0), "StartDate": self._day()})

    def _member(self, campaign: Record, kind: str, person: Record) -> Record:
        values = {"CampaignId": campaign["Id"], f"{kind}Id": person["Id"]}
        values["Status"] = self._random.choice(("Sent", "Responded"))
        row = self._create("CampaignMember", values)
        known = {"LeadId": None, "ContactId": None, "Lead": None, "Contact": None}
        member = {**known, **row, kind: person, "Campaign": campaign, "Type": kind}
        return {**member, "FirstName": person["FirstName"], "Email": person["Email"]}


def _written(value: Any) -> Any:
    """Return a value as REST takes it."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    if isinstance(value, RecordId):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value
