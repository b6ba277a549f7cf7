"""`manage.py rotate_keys`: bring every secret under the newest key."""

from collections.abc import Iterator
from typing import Any

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.core.management.base import BaseCommand, CommandParser
from django.db import models, transaction

from acton_connector.accounts.adapter import SECOND_FACTOR
from acton_connector.accounts.encryption import (
    EncryptedTextField,
    current_key_id,
    decrypt,
    encrypt,
)

BATCH = 500
SECOND_FACTOR_SECRETS = ("secret", "seed")  # where allauth keeps them in an authenticator's data


class Command(BaseCommand):
    """Writes each secret anew with the first of FIELD_ENCRYPTION_KEYS, while the application runs.

    Put the new key first, restart the application, run this, then take the old key out. The
    command can be stopped and started again at any time.
    """

    help = "Encrypt every stored secret with the newest key."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the number of rows to hold at a time."""
        parser.add_argument("--batch", type=int, default=BATCH, help="rows to read at a time")

    def handle(self, *_args: Any, batch: int, **_options: Any) -> None:
        """Rotate model by model and tell how many secrets changed."""
        for model, fields in _models_with_secrets():
            rotated = 0
            for row in _iter_rows(model, fields, batch):
                rotated += sum(field.rotate(row) for field in fields)
            self.stdout.write(f"{model._meta.label}: {rotated} secrets written anew.")
        self.stdout.write(f"Second factors: {_rotate_second_factors(batch)} written anew.")
        self.stdout.write(f"Every secret is under the key {current_key_id()!r}.")


def _models_with_secrets() -> Iterator[tuple[type[models.Model], list[EncryptedTextField]]]:
    for model in apps.get_models():
        fields = [field for field in model._meta.fields if isinstance(field, EncryptedTextField)]
        if fields:
            yield model, fields


def _iter_rows(
    model: type[models.Model], fields: list[EncryptedTextField], batch: int
) -> Iterator[models.Model]:
    # Pages by key hold no cursor and no lock between batches, so the application is not disturbed.
    rows: models.QuerySet[Any] = (
        models.QuerySet(model).order_by("pk").only("pk", "account", *(f.name for f in fields))
    )
    last = None
    while page := list((rows.filter(pk__gt=last) if last else rows)[:batch]):
        yield from page
        last = page[-1].pk


def _rotate_second_factors(batch: int) -> int:
    rotated = 0
    for row in Authenticator.objects.only("pk").iterator(batch):
        with transaction.atomic():
            # A recovery code that is used meanwhile is noted in the same column.
            locked = Authenticator.objects.select_for_update().filter(pk=row.pk).first()
            rotated += locked is not None and _renew(locked)
    return rotated


def _renew(authenticator: Authenticator) -> bool:
    current = f"{current_key_id()}:"
    old = {
        name: authenticator.data[name]
        for name in SECOND_FACTOR_SECRETS
        if name in authenticator.data and not authenticator.data[name].startswith(current)
    }
    for name, stored in old.items():
        authenticator.data[name] = encrypt(decrypt(stored, SECOND_FACTOR), SECOND_FACTOR)
    if old:
        authenticator.save(update_fields=["data"])
    return bool(old)
