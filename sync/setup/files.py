"""A CSV file as a list of its own: made of the file, and joined with fields of Salesforce.

Such a list is pushed only until a record of it is linked. From then on a pull updates the linked
records, and no other: nobody is added to the list by Salesforce, and nobody removed.
"""

from collections.abc import Iterable, Mapping
from typing import BinaryIO

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now

from acton_connector.accounts.audit import record_event
from acton_connector.accounts.models import Account, User
from connectors.fields import FieldChoice
from connectors.selectors import list_field_choices
from lists.aside import forget_aside
from lists.models import ListColumn, ListRecord, MarketingList, SystemUsage
from lists.uploads import UploadResult, create_list_from_csv
from lists.uploads.new_list import simplify
from sync.errors import InvalidSetupError
from sync.models import ACTIVE_STATES, PersonKind, SyncJob, SyncRun

EMAIL_FIELD = "Email"
USAGE_FIELDS = {
    SystemUsage.EMAIL: EMAIL_FIELD,
    SystemUsage.FIRST_NAME: "FirstName",
    SystemUsage.LAST_NAME: "LastName",
    SystemUsage.COMPANY: "Company",
}


@transaction.atomic
def import_file(
    *, account: Account, name: str, file: BinaryIO, size: int | None, actor: User | None
) -> tuple[SyncJob, UploadResult]:
    """Make a list of a CSV file, as `create_list_from_csv`.

    Raises InvalidSetupError when the name is blank or taken, UploadError for the file.
    """
    try:
        marketing_list, uploaded = create_list_from_csv(
            account=account, name=name, file=file, size=size, actor=actor
        )
    except ValidationError as error:
        raise InvalidSetupError(" ".join(error.messages)) from error
    return SyncJob.objects.create(account=account, list=marketing_list), uploaded


def has_linked_records(marketing_list: MarketingList) -> bool:
    """Tell whether Salesforce has a record of the list."""
    return ListRecord.objects.filter(list=marketing_list, salesforce_id__isnull=False).exists()


def list_writable_fields(sobject_type: str) -> list[FieldChoice]:
    """Return the fields that a column of a file may fill."""
    return [
        choice
        for choice in list_field_choices(sobject_type)
        if choice.field.is_createable or choice.pushable
    ]


def propose_mapping(columns: Iterable[ListColumn], fields: Iterable[FieldChoice]) -> dict[int, str]:
    """Return for each column the field that its name, or its meaning, speaks for.

    Keys are the columns' ids; each field is proposed once, for the first column that fits.
    """
    by_name: dict[str, str] = {}
    for field in fields:
        by_name.setdefault(simplify(field.name), field.name)
    for field in fields:
        by_name.setdefault(simplify(field.label), field.name)
    known = set(by_name.values())
    proposed: dict[int, str] = {}
    for column in sorted(columns, key=lambda column: column.system_usage == ""):
        meant = USAGE_FIELDS.get(SystemUsage(column.system_usage), "")
        name = meant if meant in known else by_name.get(simplify(column.name), "")
        if name and name not in proposed.values():
            proposed[column.pk] = name
    return proposed


@transaction.atomic
def map_columns(
    *, job: SyncJob, sobject_type: str, fields: Mapping[int, str], actor: User | None
) -> None:
    """Join a file's columns with fields of leads or contacts; `fields` maps columns' ids.

    A column that is left out stays one of the list alone. Raises InvalidSetupError when a field
    cannot be filled or is given twice, and when it is too late: a record is linked, or a run is
    on its way.
    """
    marketing_list = MarketingList.objects.select_for_update(no_key=True).get(pk=job.list_id)
    columns = list(marketing_list.columns.all())
    _check_time(job, marketing_list)
    _check_fields(columns, sobject_type, fields)
    described = {choice.name: choice for choice in list_writable_fields(sobject_type)}
    # Emptied first: two columns may change places.
    forget_aside(marketing_list=marketing_list)
    marketing_list.columns.update(salesforce_field="", filled_at=None)
    for column in columns:
        field = described.get(fields.get(column.pk, ""))
        column.salesforce_field = field.name if field else ""
        is_email = column.system_usage == SystemUsage.EMAIL
        column.data_type = field.data_type if field else "email" if is_email else "string"
        # The file has filled it: the first pull takes over only what is chosen.
        column.filled_at = Now() if field else None
    ListColumn.objects.bulk_update(columns, ["salesforce_field", "data_type", "filled_at"])
    marketing_list.mapped_object = sobject_type
    marketing_list.save(update_fields=["mapped_object"])
    job.fields.filter(column__salesforce_field="").delete()
    record_event(
        actor=actor,
        action="list.mapped",
        subject=marketing_list,
        after={"object": sobject_type, "fields": {c.name: c.salesforce_field for c in columns}},
    )


def _check_time(job: SyncJob, marketing_list: MarketingList) -> None:
    if not marketing_list.is_from_file:
        raise InvalidSetupError("The columns of this list come from Salesforce.")
    if has_linked_records(marketing_list):
        raise InvalidSetupError(
            "Records of this list are in Salesforce already. Import the file into a new list to "
            "give its columns other fields."
        )
    if SyncRun.objects.filter(job=job, state__in=ACTIVE_STATES).exists():
        raise InvalidSetupError("A sync of this list is on its way. Wait until it has ended.")


def _check_fields(
    columns: Iterable[ListColumn], sobject_type: str, fields: Mapping[int, str]
) -> None:
    if sobject_type not in PersonKind.values:
        raise InvalidSetupError("Choose whether the people of this list become leads or contacts.")
    known = {choice.name: choice.label for choice in list_writable_fields(sobject_type)}
    chosen = [name for name in fields.values() if name]
    if unknown := sorted(set(chosen) - known.keys()):
        raise InvalidSetupError(
            f"Salesforce takes no value for {', '.join(unknown)}: choose another field."
        )
    twice = sorted({known[name] for name in chosen if chosen.count(name) > 1})
    if twice:
        raise InvalidSetupError(
            f"Two columns cannot go to one field: {', '.join(twice)}. Choose another one for one "
            "of them, or none."
        )
    for column in columns:
        is_email = column.system_usage == SystemUsage.EMAIL
        if is_email and fields.get(column.pk) != EMAIL_FIELD:
            raise InvalidSetupError(
                f"“{column.name}” holds the e-mail addresses, by which people are found in "
                "Salesforce: it has to go to the field Email."
            )
