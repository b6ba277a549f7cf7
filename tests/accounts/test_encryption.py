"""Secrets at rest."""

import base64
import os
from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core import serializers
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection, transaction

from acton_connector.accounts.encryption import DecryptionError, decrypt, encrypt
from acton_connector.accounts.models import Account, User
from connectors.models import Connection
from tests.factories import ConnectionFactory

pytestmark = pytest.mark.threat("T4")


def make_key(key_id: str) -> str:
    return f"{key_id}:{base64.urlsafe_b64encode(os.urandom(32)).decode()}"


@pytest.fixture(autouse=True)
def old_key(settings) -> str:
    settings.FIELD_ENCRYPTION_KEYS = [make_key("old")]
    return settings.FIELD_ENCRYPTION_KEYS[0]


@pytest.fixture
def stored() -> Callable[[Connection, str], str]:
    """Read a column as the database holds it."""

    def read(row: Connection, column: str = "password") -> str:
        key = Connection._meta.pk.get_db_prep_value(row.pk, connection)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {column} FROM connectors_connection WHERE id = %s", [key])
            return cursor.fetchone()[0]

    return read


def overwrite(row: Connection, text: str) -> None:
    key = Connection._meta.pk.get_db_prep_value(row.pk, connection)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE connectors_connection SET password = %s WHERE id = %s", [text, key])


def fresh(row: Connection) -> Connection:
    return Connection.objects.unscoped().get(pk=row.pk)


def test_secret_is_ciphertext_in_the_database_and_plaintext_in_code(account, stored) -> None:
    row = ConnectionFactory(password="pä55")
    assert "pä55" not in stored(row)
    assert stored(row).startswith("old:")
    assert fresh(row).password == "pä55"


def test_same_secret_is_stored_differently_each_time(account) -> None:
    assert encrypt("secret", "row") != encrypt("secret", "row")


def test_empty_secret_stays_empty(account, stored) -> None:
    row = ConnectionFactory(security_token="")
    assert stored(row, "security_token") == ""
    assert fresh(row).security_token == ""


def test_secret_does_not_open_when_moved_to_another_row(
    account: Account, other_account: Account, stored
) -> None:
    mine, theirs = ConnectionFactory(), ConnectionFactory(account=other_account)
    overwrite(mine, stored(theirs))
    with pytest.raises(DecryptionError):
        _ = fresh(mine).password


def test_secret_does_not_open_when_moved_to_another_field(account: Account, stored) -> None:
    row = ConnectionFactory()
    overwrite(row, stored(row, "security_token"))
    with pytest.raises(DecryptionError):
        _ = fresh(row).password


def test_secret_does_not_open_when_its_row_moves_to_another_account(
    account: Account, other_account: Account
) -> None:
    row = ConnectionFactory()
    Connection.objects.filter(pk=row.pk).update(account=other_account)
    with pytest.raises(DecryptionError):
        _ = fresh(row).password


@pytest.mark.parametrize(
    "damage", [lambda s: s[:-6], lambda s: s[:20] + s[20:].swapcase(), lambda s: "gone:" + s[4:]]
)
def test_secret_does_not_open_when_changed(account: Account, stored, damage) -> None:
    row = ConnectionFactory()
    overwrite(row, damage(stored(row)))
    with pytest.raises(DecryptionError):
        _ = fresh(row).password


def test_plaintext_is_refused_by_update_filter_and_dump(account: Account, stored) -> None:
    row = ConnectionFactory()
    before = stored(row)
    with pytest.raises(TypeError), transaction.atomic():
        Connection.objects.update(password="plain")
    with pytest.raises(TypeError):
        Connection.objects.filter(password="plain").exists()
    row.password = "plain"
    with pytest.raises(TypeError), transaction.atomic():
        Connection.objects.bulk_update([row], ["password"])
    with pytest.raises(TypeError):
        serializers.serialize("json", [row])
    assert stored(row) == before


def test_secret_opens_when_it_was_deferred(account: Account) -> None:
    ConnectionFactory(password="later")
    assert Connection.objects.only("username").get().password == "later"


def test_rotation_brings_every_secret_under_the_new_key(
    account: Account, other_account: Account, settings, old_key: str, stored
) -> None:
    rows = [ConnectionFactory(password="a"), ConnectionFactory(account=other_account, password="b")]
    new_key = make_key("new")
    settings.FIELD_ENCRYPTION_KEYS = [new_key, old_key]

    call_command("rotate_keys", batch=1)

    settings.FIELD_ENCRYPTION_KEYS = [new_key]
    assert [fresh(row).password for row in rows] == ["a", "b"]
    assert [fresh(row).security_token for row in rows] == ["a security token"] * 2
    assert all(stored(row).startswith("new:") for row in rows)


def test_rotation_leaves_a_secret_alone_when_it_changed_meanwhile(
    account: Account, settings, old_key: str
) -> None:
    row = ConnectionFactory(password="first")
    settings.FIELD_ENCRYPTION_KEYS = [make_key("new"), old_key]
    read_by_rotation = fresh(row)
    newer = fresh(row)
    newer.password = "second"
    newer.save()

    field = Connection._meta.get_field("password")
    assert field.rotate(read_by_rotation) is False
    assert fresh(row).password == "second"


def test_rotation_can_be_run_again_without_writing(account: Account, settings, old_key, stored):
    row = ConnectionFactory()
    settings.FIELD_ENCRYPTION_KEYS = [make_key("new"), old_key]
    call_command("rotate_keys")
    once = stored(row)
    call_command("rotate_keys")
    assert stored(row) == once


def test_second_factors_are_ciphertext_and_move_to_the_new_key(
    administrator: User, settings, old_key: str
) -> None:
    secret = generate_totp_secret()
    TOTP.activate(administrator, secret)
    codes = RecoveryCodes.activate(administrator).get_unused_codes()
    assert all(
        stored.startswith("old:")
        for row in Authenticator.objects.all()
        for name, stored in row.data.items()
        if name in ("secret", "seed")
    )
    settings.FIELD_ENCRYPTION_KEYS = [make_key("new"), old_key]
    call_command("rotate_keys")
    del settings.FIELD_ENCRYPTION_KEYS[1]

    totp, recovery = (
        Authenticator.objects.get(type=kind)
        for kind in (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES)
    )
    assert totp.wrap().validate_code(hotp_value_now(secret))
    assert recovery.wrap().get_unused_codes() == codes


def hotp_value_now(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def test_key_of_wrong_length_is_reported_to_the_operator(settings) -> None:
    settings.FIELD_ENCRYPTION_KEYS = ["k1:c2hvcnQ="]
    with pytest.raises(ImproperlyConfigured):
        encrypt("x", "row")


def test_unknown_key_is_named_in_the_error(settings, old_key: str) -> None:
    text = encrypt("x", "row")
    settings.FIELD_ENCRYPTION_KEYS = [make_key("new")]
    with pytest.raises(DecryptionError, match="'old'"):
        decrypt(text, "row")
