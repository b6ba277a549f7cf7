"""The makers of test records put each record where it belongs."""

import pytest

from acton_connector.accounts.models import Account
from lists.models import ListColumn
from sync.models import RunState, SyncRun
from tests.factories import (
    AccountFactory,
    ConnectionFactory,
    FolderFactory,
    ListColumnFactory,
    ListRecordFactory,
    MarketingListFactory,
    SyncRunFactory,
)


def test_record_lands_in_the_account_in_scope_when_none_is_named(account: Account) -> None:
    made = [ConnectionFactory(), FolderFactory(), ListColumnFactory(), ListRecordFactory()]
    assert {record.account_id for record in made} == {account.pk}
    assert Account.objects.count() == 1


def test_column_follows_its_list_when_another_account_is_in_scope(account: Account) -> None:
    theirs = MarketingListFactory(account=AccountFactory())
    column = ListColumnFactory(list=theirs)
    assert column.account_id == theirs.account_id
    assert not ListColumn.objects.exists()


@pytest.mark.parametrize("state", RunState.values)
def test_run_meets_the_schema_rules_when_made_in_a_state(account: Account, state: str) -> None:
    assert SyncRun.objects.get(pk=SyncRunFactory(state=state).pk).state == state
