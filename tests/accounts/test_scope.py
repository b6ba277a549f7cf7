"""The account in scope."""

import threading

import pytest
from django.db import connection

from acton_connector.accounts.models import Account, Invitation
from acton_connector.accounts.scope import (
    NoAccountInScopeError,
    WrongAccountError,
    account_scope,
    current_account_id,
)
from lists.models import Folder
from tests.factories import AccountFactory, FolderFactory


@pytest.fixture
def two_folders(db: None) -> tuple[Folder, Folder]:
    return FolderFactory(account=AccountFactory()), FolderFactory(account=AccountFactory())


@pytest.mark.threat("T1")
@pytest.mark.parametrize(
    "query",
    [
        lambda: list(Folder.objects.all()),
        lambda: Folder.objects.count() > 0,
        lambda: Folder.objects.filter(name="x").exists(),
        lambda: Folder.objects.create(name="x", account_id=1),
        lambda: Folder.objects.bulk_create([]),
        lambda: Folder.objects.update(name="x"),
        lambda: Invitation.objects.get(pk=1),
    ],
)
def test_query_raises_when_no_account_is_in_scope(db: None, query) -> None:
    with pytest.raises(NoAccountInScopeError):
        query()


@pytest.mark.threat("T1")
def test_query_sees_the_rows_of_the_account_in_scope_alone(two_folders) -> None:
    mine, theirs = two_folders
    with account_scope(mine.account):
        assert list(Folder.objects.all()) == [mine]
        assert not Folder.objects.filter(pk=theirs.pk).exists()
        assert Folder.objects.filter(pk=theirs.pk).update(name="taken") == 0
    theirs.refresh_from_db()
    assert theirs.name != "taken"


@pytest.mark.threat("T1")
def test_save_raises_when_the_row_belongs_to_another_account(two_folders) -> None:
    mine, theirs = two_folders
    with account_scope(mine.account), pytest.raises(WrongAccountError):
        theirs.save()


@pytest.mark.threat("T1")
def test_save_raises_when_no_account_is_in_scope(two_folders) -> None:
    with pytest.raises(NoAccountInScopeError):
        two_folders[0].save()


def test_unscoped_sees_every_account(two_folders) -> None:
    assert set(Folder.objects.unscoped()) == set(two_folders)


def test_scope_ends_with_its_block_even_after_an_error(two_folders) -> None:
    mine, theirs = two_folders
    with account_scope(mine.account):
        with pytest.raises(ZeroDivisionError), account_scope(theirs.account):
            1 / 0  # noqa: B018 - the error is the point
        assert current_account_id() == mine.account_id
    with pytest.raises(NoAccountInScopeError):
        current_account_id()


@pytest.mark.threat("T1")
def test_scope_does_not_reach_another_thread(account: Account) -> None:
    errors = []

    def query() -> None:
        try:
            current_account_id()
        except NoAccountInScopeError as error:
            errors.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=query)
    thread.start()
    thread.join(5)
    assert len(errors) == 1
