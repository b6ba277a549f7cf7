"""A campaign of its own, imported as a list, for tests of the push to its members."""

from connectors.clients import open_client
from connectors.models import Connection
from lists.models import ListRecord
from sync.engine.push_rows import EXTERNAL_ID_FIELD
from sync.setup.chosen import find_chosen


class CampaignList:
    """A list of a campaign's members, and what a test does on both sides of it."""

    def __init__(self, sync, name="Ours"):
        self.sync, self.org = sync, sync.org.client()
        self.campaign = self.org.Campaign.create({"Name": name, "IsActive": True})["id"]
        self.job = None

    def import_list(self):
        with open_client(Connection.objects.get()) as client:
            chosen = find_chosen(client, "campaign", self.campaign)
        name = self.sync.unique("Campaign")
        run = chosen.start_import(account=self.sync.account, name=name, actor=self.sync.actor)
        self.job = self.sync.execute(run).job
        return self.job

    def create_lead(self, **values):
        return self.sync.create_lead(**values)

    def create_contact(self, **values):
        return self.org.Contact.create({"LastName": "Contact", **values})["id"]

    def join(self, **member):
        return self.org.CampaignMember.create({"CampaignId": self.campaign, **member})["id"]

    def members(self):
        """Return the campaign's members in Salesforce."""
        return self.sync.org.query(
            "SELECT Id, LeadId, ContactId, Email, Status, HasResponded FROM CampaignMember "
            f"WHERE CampaignId = '{self.campaign}'"
        )

    def member_of(self, email):
        (member,) = [each for each in self.members() if each["Email"] == email]
        return member

    def people(self, sobject_type, email):
        return self.sync.org.query(
            f"SELECT Id, LastName, FirstName, {EXTERNAL_ID_FIELD} FROM {sobject_type} "
            f"WHERE Email = '{email}'"
        )

    def add(self, **data):
        return self.sync.add_local(self.job, **data)

    def record(self, email):
        return ListRecord.objects.get(list=self.job.list, email=email)

    def set_up(self, **options):
        if options.get("push_add"):
            options.setdefault("push_add_as", "Lead")
        self.sync.set_up(self.job, **options)

    def run(self):
        return self.sync.run(self.job)
