"""Secrets at rest: AES-256-GCM, bound to the row that they belong to.

A stored value reads `key id:nonce and ciphertext in base64`. The first key of
`FIELD_ENCRYPTION_KEYS` writes, every key reads, so a key can be replaced while the application
runs (`manage.py rotate_keys`). The row's account, primary key and field name are authenticated
with the ciphertext: moved to another row it does not open.
"""

import base64
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models

NONCE_BYTES = 12

if TYPE_CHECKING:
    TextField = models.TextField[Any, Any]  # generic for the type checker only
else:
    TextField = models.TextField


class DecryptionError(Exception):
    """A stored secret does not open: its key is gone, or it was moved or changed."""


def _keys() -> dict[str, AESGCM]:
    keys: dict[str, AESGCM] = {}
    for entry in settings.FIELD_ENCRYPTION_KEYS:
        key_id, _, encoded = entry.strip().partition(":")
        try:
            keys[key_id] = AESGCM(base64.urlsafe_b64decode(encoded))
        except ValueError as error:
            raise ImproperlyConfigured(
                "FIELD_ENCRYPTION_KEYS holds an entry that is not `id:base64 of 32 bytes`."
            ) from error
    return keys


def current_key_id() -> str:
    """Return the id of the key that new secrets are written with."""
    return next(iter(_keys()))


def encrypt(plaintext: str, binding: str) -> str:
    """Return `plaintext` encrypted with the first key and bound to `binding`."""
    key_id, key = next(iter(_keys().items()))
    nonce = os.urandom(NONCE_BYTES)
    sealed = key.encrypt(nonce, plaintext.encode(), f"{key_id}|{binding}".encode())
    return f"{key_id}:{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def decrypt(stored: str, binding: str) -> str:
    """Return the plaintext of `stored`; raise DecryptionError when it does not open."""
    key_id, _, encoded = stored.partition(":")
    key = _keys().get(key_id)
    if key is None:
        raise DecryptionError(f"The key {key_id!r} is not among FIELD_ENCRYPTION_KEYS.")
    try:
        sealed = base64.urlsafe_b64decode(encoded)
        opened = key.decrypt(
            sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], f"{key_id}|{binding}".encode()
        )
    except (InvalidTag, ValueError) as error:
        raise DecryptionError("The secret was changed, or belongs to another row.") from error
    return opened.decode()


@dataclass(frozen=True)
class _Stored:
    """Marks a value as it stands in the database: not to be encrypted again."""

    text: str


class _Secret:
    """The attribute of an encrypted field: ciphertext inside, plaintext outside."""

    def __init__(self, field: "EncryptedTextField") -> None:
        self.field = field

    def __get__(self, instance: models.Model | None, owner: type[models.Model]) -> Any:
        if instance is None:
            return self
        if self.field.attname not in instance.__dict__:  # left out by only() or defer()
            instance.refresh_from_db(fields=[self.field.attname])
        stored = instance.__dict__[self.field.attname]
        return decrypt(stored, self.field.binding(instance)) if stored else ""

    def __set__(self, instance: models.Model, value: Any) -> None:
        if isinstance(value, _Stored):
            instance.__dict__[self.field.attname] = value.text
        else:
            instance.__dict__[self.field.attname] = (
                encrypt(value, self.field.binding(instance)) if value else ""
            )


class EncryptedTextField(TextField):
    """A text that is stored encrypted and bound to its row.

    The model's primary key must be known before the first save (a UUID), and `account` must be
    given to the constructor, because both are part of the binding.
    """

    def contribute_to_class(
        self, cls: type[models.Model], name: str, private_only: bool = False
    ) -> None:
        """Put the descriptor in place of the plain attribute."""
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, name, _Secret(self))

    def binding(self, instance: models.Model) -> str:
        """Return what a secret of `instance` is bound to."""
        account_id = getattr(instance, "account_id", None)
        return f"{self.model._meta.label_lower}|{account_id}|{instance.pk}|{self.name}"

    def from_db_value(self, value: str, *_: Any) -> _Stored:
        """Mark the stored text on its way in."""
        return _Stored(value)

    def pre_save(self, model_instance: models.Model, add: bool) -> _Stored:  # noqa: ARG002 - Django's signature
        """Return the stored text on its way out."""
        return _Stored(model_instance.__dict__.get(self.attname, ""))

    def get_prep_value(self, value: Any) -> str:
        """Return what is written; refuse a plaintext that `update()` or a filter would send."""
        if isinstance(value, _Stored):
            return value.text
        if value == "":
            return ""
        raise TypeError("A secret is written by saving its row, which encrypts it.")

    def value_to_string(self, obj: models.Model) -> str:
        """Refuse to put a secret into a dump."""
        raise TypeError(f"{obj._meta.label}.{self.name} is a secret and is not serialised.")

    def rotate(self, instance: models.Model) -> bool:
        """Write the secret of `instance` anew with the current key; tell whether that was done.

        Only this field's column is written, and only if nobody has changed it meanwhile: what was
        written meanwhile is under the current key already.
        """
        stored = str(instance.__dict__.get(self.attname, ""))
        if not stored or stored.startswith(f"{current_key_id()}:"):
            return False
        binding = self.binding(instance)
        renewed = encrypt(decrypt(stored, binding), binding)
        row: models.QuerySet[Any] = models.QuerySet(type(instance)).filter(pk=instance.pk)
        unchanged = row.filter(**{self.attname: _Stored(stored)})
        return bool(unchanged.update(**{self.attname: _Stored(renewed)}))
