"""Random texts go from a list to Salesforce and from there into another list, unchanged.

What Salesforce itself does to a text is a function here, `kept_by_salesforce`, and nothing else
may happen to it. The deep profile sends 100,000 records.
"""

import io
import random
import sys
import time
import uuid

import hypothesis
import pytest
from django.utils import timezone

from connectors.clients import open_client
from connectors.selectors import get_usable_connection
from connectors.services import refresh_fields
from lists.models import ListRecord
from sync.models import RecordIssue, RunState
from tests.local_org import start_local_org
from tests.salesforce_simulator.metadata_packages import document, field, manifest, package

pytestmark = [pytest.mark.scenario, pytest.mark.fault("F72", "F73")]

LONG = "Long_Notes__c"
LONGEST = 131_072
LENGTHS = {"FirstName": 40, "LastName": 80, "Company": 255, "Title": 128, LONG: LONGEST}
FIELDS = [*LENGTHS, "Email"]
REQUIRED = {"LastName", "Company"}
CLEARS_A_FIELD = "#N/A"
ODD = [
    *("\n", "\r\n", "\r", "\t", "\x0b", "\x0c", " ", "  ", "\u00a0", "\u2028", "\u2029", "\u0085"),
    *('"', '""', "'", ",", ";", "|", "\\", "\\.", "\\N", "\\n", "NULL", "null", "None", "#N/A"),
    *(
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "0012",
        "1e5",
        "1.0",
        "true",
        "<b>&amp;",
        "%s",
        "{0}",
        "\x1f",
    ),
    *("\U0001f600", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0010ffff", "\ufeff", "\ufffd"),
    *(
        "\u05e9\u05dc\u05d5\u05dd",
        "\u202e\u0645\u0631\u062d\u0628\u0627",
        "\xe9",
        "e\u0301",
        "\x01",
    ),
    *("\u65e5\u672c\u8a9e", "Zo\xeb", "O'Neill", "a", "Name", "\x7f", "\u200b", "\ud7ff", "\ue000"),
]


def kept_by_salesforce(text):
    """Return what a text field of Salesforce keeps: no blanks at either end, null when empty."""
    return (text or "").strip(" \t\r\n\f\v") or None


def random_text(chance, longest):
    if chance.random() < 0.15:
        return None
    pieces = chance.choices(ODD, k=chance.randint(1, 12))
    text = "".join(pieces)[:longest]
    # Alone it would clear the field, and such a record is set aside.
    return text + "x" if text.strip() == CLEARS_A_FIELD else text


def random_values(chance, number):
    values = {name: random_text(chance, length) for name, length in LENGTHS.items()}
    for name in REQUIRED:
        values[name] = f"{number}{values[name] or ''}"[: LENGTHS[name]]
    if number < 4:
        values[LONG] = "".join(chance.choices(ODD, k=LONGEST))[: LONGEST - 1] + "."
    address = f"r{number}.{chance.randrange(1 << 60):x}@example.net"
    values["Email"] = address if chance.random() < 0.5 else None
    return values


@pytest.fixture(scope="module")
def running_org(tmp_path_factory):
    """An organisation whose leads have a long text area, open to the connected user."""
    with start_local_org(tmp_path_factory.mktemp("trip"), "leads:5,contacts:2") as org:
        client = org.client()
        longs = field(
            LONG, "LongTextArea", f"<length>{LONGEST}</length><visibleLines>5</visibleLines>"
        )
        opened = document(
            "PermissionSet",
            "<label>Long</label><fieldPermissions><editable>true</editable>"
            f"<field>Lead.{LONG}</field><readable>true</readable></fieldPermissions>",
        )
        files = {
            "objects/Lead.object": document("CustomObject", longs),
            "permissionsets/Long.permissionset": opened,
        }
        names = manifest(CustomField=[f"Lead.{LONG}"], PermissionSet=["Long"])
        deploy(client, package(names, files))
        (made,) = client.query("SELECT Id FROM PermissionSet WHERE Name = 'Long'")["records"]
        (me,) = client.query(f"SELECT Id FROM User WHERE Username = '{org.username}'")["records"]
        client.PermissionSetAssignment.create(
            {"AssigneeId": me["Id"], "PermissionSetId": made["Id"]}
        )
        yield org


def deploy(client, archive):
    started = client.deploy(io.BytesIO(archive), sandbox=True)
    limit = time.monotonic() + 30
    while (told := client.checkDeployStatus(started["asyncId"]))["state"] != "Succeeded":
        assert time.monotonic() < limit, told
        time.sleep(0.05)


@pytest.fixture
def job(sync):
    with open_client(get_usable_connection()) as client:
        refresh_fields(client=client, sobject_type="Lead")
    job = sync.import_leads(FIELDS)
    sync.set_up(job, push_add=True)
    return job


def add_records(job, rows):
    now = timezone.now()
    records = [
        ListRecord(
            account_id=job.account_id,
            list=job.list,
            record_id=uuid.uuid4(),
            email=values["Email"] or "",
            data=values,
            updated_at=now,
        )
        for values in rows
    ]
    ListRecord.objects.bulk_create(records, batch_size=500)
    return {record.record_id: record.data for record in records}


def held(job):
    records = ListRecord.objects.filter(list=job.list, salesforce_id__isnull=False)
    return {record.salesforce_id: record.data for record in records}


def differences(found, expected):
    """Return the first values that differ, short enough to read."""
    return [
        (key, name, (found.get(key) or {}).get(name), values[name])
        for key, values in expected.items()
        for name in FIELDS
        if (found.get(key) or {}).get(name) != values[name]
    ][:3]


def expect(job, wanted):
    """Return what Salesforce keeps of the records that were sent, by its ids."""
    listed = ListRecord.objects.filter(list=job.list).values_list("record_id", "salesforce_id")
    ids = dict(listed)
    return {
        ids[record_id]: {name: kept_by_salesforce(text) for name, text in values.items()}
        for record_id, values in wanted.items()
    }


@pytest.fixture
def chance():
    """A source of random texts whose seed a failure shows."""
    seed = random.SystemRandom().randrange(1 << 32)
    sys.stdout.write(f"seed {seed}\n")
    return random.Random(seed)


def test_random_records_make_the_round_trip_by_the_small_way_too(sync, job, chance):
    """Before the many: their changes would still be the last ten minutes' and come by Bulk."""
    copy = sync.import_leads(FIELDS, name="Copy")
    sync.set_up(copy, pull=FIELDS, pull_add=True)
    sync.run(copy)
    wanted = add_records(job, (random_values(chance, n) for n in range(150)))
    sync.org.forget_calls()

    pushed = sync.run(job)
    copied = sync.run(copy)

    assert pushed.records_pushed_new == len(wanted), pushed.message
    assert copied.read_since is not None
    assert not any("/jobs/" in call["path"] for call in sync.org.calls())
    expected = expect(job, wanted)
    assert differences(held(copy), expected) == []
    sync.set_up(job, pull=FIELDS, push=FIELDS)
    back = sync.run(job)
    assert (back.state, back.records_pushed_changed) == (RunState.SUCCEEDED, 0), back.message
    assert back.records_overruled == back.characters_replaced == 0
    assert differences(held(job), expected) == []


def test_random_records_make_the_round_trip_unchanged(sync, job, chance):
    deep = hypothesis.settings.get_current_profile_name() == "deep"
    wanted = add_records(job, (random_values(chance, n) for n in range(100_000 if deep else 2_100)))
    clearing = [{**random_values(chance, 10 + n), "Title": CLEARS_A_FIELD} for n in range(3)]
    set_aside = add_records(job, clearing)

    pushed = sync.run(job)
    copy = sync.import_leads(FIELDS, name="Copy")

    issues = RecordIssue.objects.filter(run=pushed)
    assert [issue.code for issue in issues] == ["INVALID_VALUE"] * 3
    assert {uuid.UUID(issue.record_key) for issue in issues} == set(set_aside)
    assert pushed.records_pushed_new == len(wanted), pushed.message
    assert differences(held(copy), expect(job, wanted)) == []
