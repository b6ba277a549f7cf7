"""A list, and the store of the engine that the tests run on."""

import pytest

from acton_connector.accounts.models import Account
from lists.models import MarketingList
from lists.records import RecordStore, get_record_store
from tests.factories import MarketingListFactory


@pytest.fixture
def marketing_list(account: Account) -> MarketingList:
    return MarketingListFactory()


@pytest.fixture
def store(db: None) -> RecordStore:
    return get_record_store()
