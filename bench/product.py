"""What comes before a measured run: the product set up and a run queued, by its own services.

Each call is a process of its own, so that nothing of it stands in the worker's memory.
"""

from collections.abc import Callable
from itertools import islice
from typing import Any

import django

from bench.measuring import read_task, report
from bench.people import PULL_FIELDS, make_people

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db.models import F, Value  # noqa: E402
from django.db.models.fields.json import KeyTextTransform  # noqa: E402
from django.db.models.functions import Concat, JSONObject, Now  # noqa: E402

from acton_connector.accounts.models import Account  # noqa: E402 - needs Django's app registry
from acton_connector.accounts.scope import account_scope  # noqa: E402
from acton_connector.accounts.services import create_account  # noqa: E402
from connectors.credentials import Credentials  # noqa: E402
from connectors.services import connect, ensure_fields  # noqa: E402
from lists.models import ListKind, ListRecord  # noqa: E402
from sync.models import PullCursor, SyncJob  # noqa: E402
from sync.services import SyncSetup, import_list, run_now, save_setup  # noqa: E402

ROWS_AT_ONCE = 5_000


def set_up(credentials: dict[str, str]) -> None:
    """Make the tables and an account that is connected to the organisation."""
    call_command("migrate", interactive=False, verbosity=0)
    account = create_account(name="Benchmark", slug="benchmark")
    with account_scope(account):
        connection = connect(account=account, credentials=Credentials(**credentials), actor=None)
        for sobject_type in ("Lead", "Contact"):
            ensure_fields(connection=connection, sobject_type=sobject_type)


def queue_import() -> int:
    """Queue the import of all leads into a new list; return the run's id."""
    account = Account.objects.get()
    run = import_list(
        account=account, kind=ListKind.LEADS, name="Leads", fields=PULL_FIELDS, actor=None
    )
    return run.pk


def queue_pull() -> int:
    """Queue a sync that reads every column of the list again; return the run's id."""
    PullCursor.objects.all().delete()  # with it, only what changed would be read
    return queue_changes()


def queue_changes() -> int:
    """Queue a sync that reads what changed since the last one; return the run's id."""
    job = SyncJob.objects.get()
    columns = frozenset(job.list.columns.values_list("pk", flat=True))
    return _queue(job, SyncSetup(pull_add=True, pull_update=True, pull_column_ids=columns))


def queue_push_of_new(count: int, sender: str) -> int:
    """Add people whom Salesforce does not know and queue the push of them."""
    job = SyncJob.objects.get()
    people = make_people(count, sender)
    while batch := list(islice(people, ROWS_AT_ONCE)):
        ListRecord.objects.bulk_create(
            ListRecord(
                account_id=job.account_id,
                list_id=job.list_id,
                email=person["Email"],
                data=person,
                updated_at=Now(),
            )
            for person in batch
        )
    return _queue(job, SyncSetup(push_add=True))


def queue_push_of_changed(count: int, sender: str) -> int:
    """Edit three fields of people whom Salesforce knows and queue the push of the edits."""
    job = SyncJob.objects.get()
    known = ListRecord.objects.filter(list=job.list, salesforce_id__isnull=False)
    ids = known.order_by("salesforce_id").values_list("salesforce_id", flat=True)
    edited = {
        "Title": Concat(Value(f"{sender} title "), F("salesforce_id")),
        "Phone": Concat(Value("+1 557 "), F("salesforce_id")),
        "City": Value(sender),
    }
    values = {key: KeyTextTransform(key, "data") for key in PULL_FIELDS}
    known.filter(salesforce_id__lte=ids[count - 1]).update(
        data=JSONObject(**{**values, **edited}),
        dirty=JSONObject(**{key: values[key] for key in edited}),
    )
    columns = job.list.columns.filter(key__in=list(edited)).values_list("pk", flat=True)
    return _queue(job, SyncSetup(push_update=True, push_column_ids=frozenset(columns)))


def _queue(job: SyncJob, setup: SyncSetup) -> int:
    save_setup(job=job, setup=setup, actor=None)
    job.refresh_from_db()
    return run_now(job=job, actor=None, override_reason="Benchmark").pk


QUEUES: dict[str, Callable[..., int]] = {
    "import": queue_import,
    "pull": queue_pull,
    "changes": queue_changes,
    "push new": queue_push_of_new,
    "push changed": queue_push_of_changed,
}


def main() -> None:
    """Do what the task says: `{"set_up": credentials}` or `{"queue": name, ...arguments}`."""
    task: dict[str, Any] = read_task()
    if "set_up" in task:
        set_up(task["set_up"])
        report({})
        return
    with account_scope(Account.objects.get()):
        report({"run": QUEUES[task.pop("queue")](**task)})


if __name__ == "__main__":
    main()
