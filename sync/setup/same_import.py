"""The second click on an import: the list's name is taken, by the very list that was asked for."""

from collections.abc import Collection
from datetime import timedelta

from acton_connector.accounts.models import User
from lists.models import ListKind
from sync.models import RunKind, SyncRun
from sync.queue.lease import from_now

# Longer than a page lets somebody wait who then clicks again.
A_MOMENT = timedelta(minutes=1)


def find_same_import(
    *,
    actor: User,
    kind: ListKind,
    name: str,
    fields: Collection[str] | None = None,
    source_id: str = "",
) -> SyncRun | None:
    """Return the import that the person asked for a moment ago by the same form, or None.

    `fields` are those that were chosen as columns, None where all of the source come along.
    """
    run = (
        SyncRun.objects.filter(
            kind=RunKind.IMPORT,
            requested_by=actor,
            queued_at__gt=from_now(-A_MOMENT),
            job__list__name__iexact=name.strip(),
            job__list__kind=kind,
            job__list__source_id=source_id,
        )
        .select_related("job__list")
        .first()
    )
    if run is None or fields is None:
        return run
    columns = run.job.list.columns.values_list("salesforce_field", flat=True)
    return run if set(columns) == {"Email", *fields} else None
