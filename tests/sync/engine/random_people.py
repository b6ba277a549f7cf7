"""People in Salesforce and in a list, and what may happen to them."""

from lists.models import ListRecord

WORDS = ["Ada", "Ünal", 'O"Brien, the', "Line\nbreak", "\u202eright to left", "0123", "\U0001f600"]
CHANGED_BOTH_WAYS = ["FirstName", "LastName", "Company", "Title", "Phone", "Description"]


class World:
    """Random people on both sides, and random things that happen to them."""

    def __init__(self, sync, chance):
        self.sync, self.chance = sync, chance
        self.leads = self.create(chance.randint(8, 14))

    def values(self, **given):
        words = {name: self.chance.choice(WORDS) for name in ("FirstName", "Title", "Phone")}
        return {"LastName": "Person", "Company": "Company", **words, **given}

    def create(self, count, kind="Lead"):
        rows = [self.values(Email=self.sync.unique()) for _ in range(count)]
        if kind == "Contact":
            rows = [{k: v for k, v in row.items() if k != "Company"} for row in rows]
        records = [{"attributes": {"type": kind}, **row} for row in rows]
        made = self.sync.org.client().restful(
            "composite/sobjects", method="POST", json={"records": records}
        )
        return [(each["id"], row["Email"]) for each, row in zip(made, rows, strict=True)]

    def happen_there(self):
        """Change, delete, merge and convert some leads; one may be hit more than once."""
        leads = self.sync.org.client().Lead
        for lead, _ in self.chance.sample(self.leads, len(self.leads) // 2):
            field = self.chance.choice(CHANGED_BOTH_WAYS)
            leads.update(lead, {field: self.chance.choice(WORDS)})
        lost, gone, converted, winner = (lead for lead, _ in self.chance.sample(self.leads, 4))
        what = self.chance.sample(["merge", "delete", "convert", "create"], 2)
        if "delete" in what:
            leads.delete(gone)
        if "merge" in what:
            merged = {"object": "Lead", "winner": winner, "losers": [lost]}
            self.sync.org.control("POST", "merge", merged)
        if "convert" in what:
            self.sync.org.control("POST", "convert-leads", [{"leadId": converted}])
        if "create" in what:
            self.create(3)

    def happen_here(self, job):
        """Edit some records and enter new ones: known there, known as contacts, doubled, bad."""
        known = dict(self.leads)
        for lead in self.chance.sample(list(known), len(known) // 2):
            if ListRecord.objects.filter(list=job.list, salesforce_id=lead).exists():
                field = self.chance.choice(CHANGED_BOTH_WAYS)
                value = self.chance.choice([*WORDS, None])
                self.sync.edit(
                    job, lead, **{field: value or ("x" if field == "LastName" else None)}
                )
        (_, theirs), (_, contact) = self.create(1)[0], self.create(1, "Contact")[0]
        twice = self.sync.unique("twice")
        addresses = [theirs, contact, twice, twice, self.chance.choice(list(known.values()))]
        addresses += [self.sync.unique("new") for _ in range(self.chance.randint(1, 4))]
        for email in addresses:
            self.sync.add_local(job, **self.values(Email=email))
        self.sync.add_local(job, Email=self.sync.unique("bad"), LastName="No company")
