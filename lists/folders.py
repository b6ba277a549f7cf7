"""Everything that changes folders."""

from django.core.exceptions import ValidationError
from django.db import transaction

from acton_connector.accounts.audit import record_event
from acton_connector.accounts.models import Account, User
from lists.errors import InUseError
from lists.models import DEFAULT_FOLDER, Folder


def get_default_folder(*, account: Account) -> Folder:
    """Return the account's default folder, making it first where it is missing."""
    folder, _ = Folder.objects.get_or_create(
        account=account, is_default=True, defaults={"name": DEFAULT_FOLDER}
    )
    return folder


@transaction.atomic
def add_folder(*, account: Account, name: str, actor: User | None) -> Folder:
    """Make a folder. Raises ValidationError when the name is blank or taken."""
    folder = Folder(account=account, name=name.strip())
    _require_free_name(folder)
    folder.full_clean()
    folder.save()
    record_event(actor=actor, action="folder.created", subject=folder)
    return folder


@transaction.atomic
def rename_folder(*, folder: Folder, name: str, actor: User | None) -> None:
    """Give a folder another name. Raises ValidationError when it is blank or taken."""
    before, folder.name = folder.name, name.strip()
    if folder.name == before:
        return
    _require_free_name(folder)
    folder.full_clean()
    folder.save(update_fields=["name"])
    record_event(
        actor=actor,
        action="folder.renamed",
        subject=folder,
        before={"name": before},
        after={"name": folder.name},
    )


@transaction.atomic
def delete_folder(*, folder: Folder, actor: User | None) -> None:
    """Delete an empty folder. Raises InUseError for the default one and for one with lists."""
    if folder.is_default:
        raise InUseError("The default folder stays: new lists appear in it.")
    locked = Folder.objects.select_for_update().get(pk=folder.pk)
    if locked.lists.exists():
        raise InUseError(f"“{locked}” is not empty. Move or delete its lists first.")
    locked.delete()
    record_event(actor=actor, action="folder.deleted", subject=folder)


def _require_free_name(folder: Folder) -> None:
    if Folder.objects.filter(name__iexact=folder.name).exclude(pk=folder.pk).exists():
        raise ValidationError({"name": "There is a folder of this name already."})
