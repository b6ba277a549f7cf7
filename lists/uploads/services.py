"""The upload of a file into a list."""

import os
from dataclasses import dataclass
from typing import BinaryIO

from django.conf import settings
from django.db import transaction

from acton_connector.accounts.audit import record_event
from acton_connector.accounts.models import Account, User
from lists.models import ListColumn, MarketingList
from lists.services import refresh_record_count
from lists.uploads.applying import Applier, Counts
from lists.uploads.checks import check_rows
from lists.uploads.errors import UploadError
from lists.uploads.header import Layout, read_layout

MEGABYTE = 2**20
READ_ONLY = "The records of this list come from Salesforce alone: add people to it there."


@dataclass(frozen=True)
class UploadResult:
    """What an upload did: numbers of records, and the encoding that was found, in words."""

    added: int
    changed: int
    unchanged: int
    encoding: str


def upload_csv(
    *, marketing_list: MarketingList, file: BinaryIO, size: int | None, actor: User | None
) -> UploadResult:
    """Add a CSV file's rows to a list; a row whose address the list has edits that record.

    `file` is seekable and stays open; `size` is in bytes, None where it is to be looked up.
    Raises UploadError when anything is wrong with the file; then nothing was written.
    """
    if marketing_list.is_read_only:
        raise UploadError([READ_ONLY])
    if size is None:
        size = file.seek(0, os.SEEK_END)
    if size > maximum_bytes():
        raise UploadError([say_too_large()])
    columns = list(ListColumn.objects.filter(list=marketing_list).select_related("list"))
    layout = read_layout(file, columns)
    check_rows(file, layout)
    added, changed, unchanged = _apply(marketing_list, file, layout, actor)
    return UploadResult(added, changed, unchanged, layout.encoding.label)


def maximum_bytes() -> int:
    """Return the size that no file may exceed."""
    return int(settings.MAX_UPLOAD_MEGABYTES) * MEGABYTE


def say_too_large() -> str:
    """Return the sentence for a file that exceeds it."""
    return (
        f"The file is larger than {settings.MAX_UPLOAD_MEGABYTES:,} MB. "
        "Split it into several files and upload them one after the other."
    )


@transaction.atomic
def _apply(
    marketing_list: MarketingList, file: BinaryIO, layout: Layout, actor: User | None
) -> Counts:
    # The account comes first, as everywhere: two orders would block each other.
    Account.objects.select_for_update(no_key=True).get(pk=marketing_list.account_id)
    # Two uploads that look for an address at the same time would both add it. Whoever only
    # refers to the list, as a pull's new records do, need not wait (no_key).
    locked = MarketingList.objects.select_for_update(no_key=True).get(pk=marketing_list.pk)
    counts = Applier(locked, layout).apply(file)
    refresh_record_count(marketing_list=locked)
    record_event(
        actor=actor,
        action="list.uploaded",
        subject=locked,
        after={**counts._asdict(), "encoding": layout.encoding.label},
    )
    return counts
