"""What a dry run found, as a page tells it."""


def sample(label, **told):
    return {
        "record": "00000000-0000-4000-8000-000000000001",
        "salesforce_id": "00Q000000000001EAA",
        "label": label,
        **told,
    }


FOUND = {
    "counts": {
        "records_expected": 4_800,
        "records_read": 4_800,
        "records_added": 1_234,
        "records_updated": 1,
        "records_unchanged": 3_565,
        "records_overruled": 0,
        "records_removed": 0,
        "records_joined": 0,
        "records_pushed_new": 1,
        "records_pushed_changed": 0,
        "records_linked": 0,
        "records_failed": 1,
        "records_followed": 0,
        "removals_held": 1_250,
    },
    "message": "1,250 of 4,000 records are no longer found in Salesforce.",
    "stopped": None,
    "read_reason": "Everything. This is the first sync that reads the list.",
    "read_since": None,
    "calls": {"reads": 8, "writes": 7, "bulk_jobs": 1},
    "refusals": [],
    "samples": {
        "added": [sample("new.here@example.com", values=[["Email", "new.here@example.com"]])],
        "updated": [
            sample(
                "ada@example.com",
                changes=[["Title", None, "Countess"], ["Notes", "<b>Old</b>", "New " * 40]],
            )
        ],
        "carried": [],
        "removed": [],
        "linked": [],
        "sent": [
            {
                "operation": "upsert",
                "object": "Lead",
                "count": 1,
                "records": [
                    sample("a.person.with.a.long.address@subsidiary.example.com",
                           salesforce_id="", values=[["Last Name", "New"], ["Title", None]])
                ],
            }
        ],
        "refused": [
            sample("bad@example.com", code="REQUIRED_FIELD_MISSING",
                   message="A new record needs a value for: Company.", advice="Fill in Company.")
        ],
    },
}  # fmt: skip
