"""A list that is made of a CSV file: its header names the columns, its rows are the records."""

import unicodedata
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from acton_connector.accounts.models import Account, User
from lists.csv_cells import ID_HEADING, unguard
from lists.emails import normalise_email
from lists.models import ListKind, MarketingList, SystemUsage
from lists.services import NewColumn, create_list
from lists.uploads.encoding import NOT_TEXT_SENTENCE
from lists.uploads.errors import Problems, UploadError, quote
from lists.uploads.header import FIRST_ROW, read_first_rows
from lists.uploads.services import UploadResult, upload_csv

LONGEST_HEADING = 255
# What people call these columns, in small letters without anything but letters and digits.
USAGES = {
    "email": SystemUsage.EMAIL,
    "emailaddress": SystemUsage.EMAIL,
    "mail": SystemUsage.EMAIL,
    "firstname": SystemUsage.FIRST_NAME,
    "givenname": SystemUsage.FIRST_NAME,
    "lastname": SystemUsage.LAST_NAME,
    "surname": SystemUsage.LAST_NAME,
    "familyname": SystemUsage.LAST_NAME,
    "company": SystemUsage.COMPANY,
    "companyname": SystemUsage.COMPANY,
    "organisation": SystemUsage.COMPANY,
    "organization": SystemUsage.COMPANY,
}
NO_ADDRESSES = (
    "No column of the file holds e-mail addresses, so its people could not be told apart. Name "
    "that column “Email”, and upload the file again."
)


@transaction.atomic
def create_list_from_csv(
    *, account: Account, name: str, file: BinaryIO, size: int | None, actor: User | None
) -> tuple[MarketingList, UploadResult]:
    """Make a list with the file's columns and records.

    `file` and `size` are those of `upload_csv`. Raises ValidationError when the name is blank or
    taken, UploadError when anything is wrong with the file; then nothing was written.
    """
    header, first = read_first_rows(file)
    marketing_list = create_list(
        account=account,
        name=name,
        kind=ListKind.FILE,
        columns=list(_make_columns(header, first)),
        actor=actor,
    )
    uploaded = upload_csv(marketing_list=marketing_list, file=file, size=size, actor=actor)
    return marketing_list, uploaded


def simplify(text: str) -> str:
    """Return a heading's letters and digits, small: “E-Mail address” is `emailaddress`."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in folded if letter.isalnum())


def _make_columns(header: Sequence[str], first: Sequence[str]) -> Iterator[NewColumn]:
    """Return the columns of a header; `first` are the cells of the first row that has any."""
    names = [unicodedata.normalize("NFC", unguard(name).strip()) for name in header]
    _check_names(names)
    usages = _find_usages(names, first)
    for place, (name, usage) in enumerate(zip(names, usages, strict=True), start=1):
        if name.casefold() == ID_HEADING.casefold():  # an export's, of another list
            continue
        data_type = "email" if usage == SystemUsage.EMAIL else "string"
        # Databases look keys up by paths in which not every letter means itself.
        yield NewColumn(f"column_{place}", name, data_type=data_type, system_usage=usage)


def _check_names(names: Sequence[str]) -> None:
    problems = Problems()
    if any("\0" in name for name in names):
        raise UploadError([NOT_TEXT_SENTENCE])
    seen: set[str] = set()
    for place, name in enumerate(names, start=1):
        if not name:
            problems.add(FIRST_ROW, f"column {place:,} has no name.")
        elif name.casefold() in seen:
            problems.add(FIRST_ROW, f"the column {quote(name)} stands there twice.")
        elif len(name) > LONGEST_HEADING:
            problems.add(FIRST_ROW, f"the name of column {place:,} is longer than 255 letters.")
        seen.add(name.casefold())
    problems.check()


def _find_usages(names: Sequence[str], first: Sequence[str]) -> list[SystemUsage]:
    """Return what each column means; each meaning is given to the first column that has it."""
    taken: set[SystemUsage] = set()
    usages = []
    for name in names:
        usage = USAGES.get(simplify(name), SystemUsage.NONE)
        usages.append(SystemUsage.NONE if usage in taken else usage)
        taken.add(usage)
    if SystemUsage.EMAIL in usages:
        return usages
    for place, cell in enumerate(first[: len(names)]):
        if _is_address(unguard(cell)):
            usages[place] = SystemUsage.EMAIL
            return usages
    raise UploadError([NO_ADDRESSES])


def _is_address(text: str) -> bool:
    try:
        validate_email(normalise_email(text))
    except ValidationError:
        return False
    return True
