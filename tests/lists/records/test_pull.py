"""What a page does to a list, on the engine that DATABASE_URL names."""

import time

import pytest
from django.db import transaction

from connectors.salesforce.ids import normalise_id
from lists.models import ListRecord, SeenPage
from lists.records import (
    Conflicts,
    ListGoneError,
    MissingColumnError,
    NothingSeenError,
    PageCounts,
    PageError,
    PullColumn,
    RepeatedRecordError,
    TruncatedPageError,
)
from tests.factories import ListRecordFactory, MarketingListFactory
from tests.lists.records.pages import FIELDS, OWNER, RUN_ID, cut, lead, lead_id, plan_for, render
from tests.processes import wait_until

ADA = lead(1, " Ada@Example.COM ", "Lovelace", "")
GRACE = lead(2, "grace@example.com", "Hopper", "Rear admiral")


def get_record(marketing_list, number=1):
    return ListRecord.objects.get(list=marketing_list, salesforce_id=lead_id(number))


def test_new_record_holds_the_row_as_it_was_sent(store, marketing_list):
    counts = store.apply_page(plan_for(marketing_list), cut(render([ADA, GRACE])))
    assert counts == PageCounts(read=2, added=2)
    record = get_record(marketing_list)
    assert record.data == {"Email": " Ada@Example.COM ", "LastName": "Lovelace", "Notes__c": None}
    assert (record.email, record.owner_id) == ("ada@example.com", OWNER)
    assert record.dirty is None
    assert record.account_id == marketing_list.account_id


def test_same_page_again_writes_nothing(store, marketing_list):
    plan = plan_for(marketing_list)
    store.apply_page(plan, cut(render([ADA, GRACE])))
    before = list(ListRecord.objects.order_by("record_id").values())
    assert store.apply_page(plan, cut(render([ADA, GRACE]))) == PageCounts(read=2, unchanged=2)
    assert list(ListRecord.objects.order_by("record_id").values()) == before


def test_record_keeps_its_own_id_when_salesforce_changes_its_values(store, marketing_list):
    plan = plan_for(marketing_list)
    store.apply_page(plan, cut(render([ADA, GRACE])))
    before = get_record(marketing_list)
    married = lead(1, "ada@king.example", "King", "")
    counts = store.apply_page(plan, cut(render([married, GRACE])))
    after = get_record(marketing_list)
    assert counts == PageCounts(read=2, updated=1, unchanged=1)
    assert after.record_id == before.record_id
    assert (after.data["LastName"], after.email) == ("King", "ada@king.example")
    assert after.updated_at > before.updated_at


def test_new_owner_is_a_change_even_when_no_column_is_updated(store, marketing_list):
    plan = plan_for(marketing_list, update_keys=frozenset())
    store.apply_page(plan, cut(render([ADA])))
    moved = lead(1, "other@example.com", "Other", "", owner="005000000000002AAA")
    assert store.apply_page(plan, cut(render([moved]))) == PageCounts(read=1, updated=1)
    record = get_record(marketing_list)
    assert record.owner_id == "005000000000002AAA"
    assert (record.data["LastName"], record.email) == ("Lovelace", "ada@example.com")


@pytest.mark.requirement("S75")
def test_only_the_chosen_columns_are_updated(store, marketing_list):
    store.apply_page(plan_for(marketing_list), cut(render([ADA])))
    plan = plan_for(marketing_list, update_keys=frozenset({"Notes__c"}))
    changed = lead(1, "new@example.com", "New", "noted")
    assert store.apply_page(plan, cut(render([changed]))).updated == 1
    record = get_record(marketing_list)
    assert record.data == {
        "Email": " Ada@Example.COM ",
        "LastName": "Lovelace",
        "Notes__c": "noted",
    }
    assert record.email == "ada@example.com"


def test_column_chosen_later_is_taken_over_although_the_row_has_not_changed(store, marketing_list):
    store.apply_page(plan_for(marketing_list), cut(render([ADA])))
    changed = cut(render([lead(1, "new@example.com", "New", "noted")]))
    store.apply_page(plan_for(marketing_list, update_keys=frozenset({"Notes__c"})), changed)
    again = cut(render([lead(1, "new@example.com", "New", "noted")]))
    assert store.apply_page(plan_for(marketing_list), again).updated == 1
    assert get_record(marketing_list).data["LastName"] == "New"


def test_first_sync_with_fewer_columns_writes_nothing_after_the_import(store, marketing_list):
    store.apply_page(plan_for(marketing_list, update_keys=frozenset()), cut(render([ADA])))
    before = ListRecord.objects.values().get()
    plan = plan_for(marketing_list, update_keys=frozenset({"Notes__c"}))
    assert store.apply_page(plan, cut(render([ADA]))) == PageCounts(read=1, unchanged=1)
    assert ListRecord.objects.values().get() == before


@pytest.mark.requirement("S74")
def test_unknown_record_is_not_added_when_adding_is_off(store, marketing_list):
    plan = plan_for(marketing_list, add_new=False)
    store.apply_page(plan_for(marketing_list), cut(render([ADA])))
    changed = lead(1, "ada@example.com", "King", "")
    counts = store.apply_page(plan, cut(render([changed, GRACE])))
    assert counts == PageCounts(read=2, updated=1, unchanged=1)
    assert ListRecord.objects.count() == 1


@pytest.mark.requirement("S77")
def test_new_column_is_filled_at_the_next_pull(store, marketing_list):
    plan = plan_for(marketing_list)
    narrow = plan_for(marketing_list, columns=plan.columns[:2], update_keys=frozenset(FIELDS[:2]))
    store.apply_page(
        narrow, cut(render([row[:4] for row in (ADA, GRACE)], ("Id", "OwnerId", *FIELDS[:2])))
    )
    counts = store.apply_page(plan, cut(render([ADA, GRACE])))
    assert counts == PageCounts(read=2, updated=1, unchanged=1), "Ada's new column is blank"
    assert get_record(marketing_list, 2).data["Notes__c"] == "Rear admiral"


def test_local_column_survives_a_pull(store, marketing_list):
    plan = plan_for(marketing_list)
    ListRecordFactory(
        list=marketing_list, salesforce_id=lead_id(1), data={"Local": "ours", "LastName": "Old"}
    )
    store.apply_page(plan, cut(render([ADA])))
    assert get_record(marketing_list).data["Local"] == "ours"
    assert get_record(marketing_list).data["LastName"] == "Lovelace"


def test_same_record_in_another_list_is_left_alone(store, marketing_list):
    other = MarketingListFactory()
    store.apply_page(plan_for(other), cut(render([ADA])))
    store.apply_page(plan_for(marketing_list), cut(render([lead(1, "x@example.com", "New", "")])))
    assert get_record(other).data["LastName"] == "Lovelace"


@pytest.mark.fault("F47")
def test_echo_of_our_own_push_counts_as_unchanged(store, marketing_list):
    plan = plan_for(marketing_list)
    store.apply_page(plan, cut(render([ADA])))
    ListRecord.objects.update(data={"Email": "a@example.com", "LastName": "King", "Notes__c": None})
    before = get_record(marketing_list)
    echo = lead(1, "a@example.com", "King", "")
    assert store.apply_page(plan, cut(render([echo]))) == PageCounts(read=1, unchanged=1)
    after = get_record(marketing_list)
    assert after.content_hash != before.content_hash
    assert after.updated_at == before.updated_at


@pytest.mark.fault("F48")
@pytest.mark.parametrize(
    ("theirs", "last_name", "dirty", "counts"),
    [
        ("Agreed", "Ours", {"LastName": "Agreed"}, PageCounts(read=1, unchanged=1)),
        (
            "Theirs",
            "Theirs",
            None,
            PageCounts(read=1, updated=1, conflicts=Conflicts(1, overruled=1)),
        ),
        ("Ours", "Ours", None, PageCounts(read=1, unchanged=1)),
    ],
)
def test_edit_of_ours_meets_the_pull(store, marketing_list, theirs, last_name, dirty, counts):
    plan = plan_for(marketing_list)
    ListRecordFactory(
        list=marketing_list,
        salesforce_id=lead_id(1),
        owner_id=OWNER,
        data={"Email": "a@example.com", "LastName": "Ours"},
        dirty={"LastName": "Agreed"},
    )
    page = render([lead(1, "a@example.com", theirs, "")])
    assert store.apply_page(plan, cut(page)) == counts
    record = get_record(marketing_list)
    assert (record.data["LastName"], record.dirty) == (last_name, dirty)
    assert store.apply_page(plan, cut(page)) == PageCounts(read=1, unchanged=1)


@pytest.mark.fault("F46")
def test_id_of_15_characters_names_the_same_record_as_one_of_18(store, marketing_list):
    record_id, owner_id = "00Q000000ABCdef", "005000000ABCdef"
    full = (normalise_id(record_id), normalise_id(owner_id), "a@example.com", "A", "")
    short = (record_id, owner_id, "a@example.com", "B", "")
    plan = plan_for(marketing_list)
    store.apply_page(plan, cut(render([full])))
    assert store.apply_page(plan, cut(render([short, GRACE]))) == PageCounts(2, 1, 1)
    record = ListRecord.objects.exclude(salesforce_id=GRACE[0]).get()
    assert (record.salesforce_id, record.owner_id) == full[:2]


@pytest.mark.parametrize("salesforce_id", ["", "not an id", "00Q"])
def test_page_is_refused_when_a_row_has_no_record_id(store, marketing_list, salesforce_id):
    with pytest.raises(TruncatedPageError):
        store.apply_page(plan_for(marketing_list), cut(render([(salesforce_id, *ADA[1:])])))


def test_record_without_an_owner_has_a_blank_owner(store, marketing_list):
    store.apply_page(plan_for(marketing_list), cut(render([(ADA[0], "", *ADA[2:])])))
    assert get_record(marketing_list).owner_id == ""


def test_page_is_refused_when_it_names_a_record_twice(store, marketing_list):
    with pytest.raises(RepeatedRecordError):
        store.apply_page(plan_for(marketing_list), cut(render([ADA, lead(1, "b@x.org", "B", "")])))


@pytest.mark.fault("F72", "F73")
@pytest.mark.parametrize(
    "text",
    [
        'quote " comma , semicolon ;',
        "line\nbreak\r\nand\rreturn",
        "separators \u2028 \u2029 \x85 \x1f",
        "\\.",
        "\n\\.\n",
        "NULL",
        " spaces ",
        "tab\tand emoji \U0001f600",
        "x" * 200_000,
    ],
)
def test_text_arrives_unchanged(store, marketing_list, text):
    plan = plan_for(marketing_list)
    page = render([lead(1, "a@example.com", text, "n"), GRACE])
    assert store.apply_page(plan, cut(page, 50_000)).read == 2
    assert get_record(marketing_list).data["LastName"] == text
    assert store.apply_page(plan, cut(page, 50_001)).unchanged == 2


@pytest.mark.fault("F74")
def test_nul_and_lone_surrogate_are_replaced_and_counted(store, marketing_list):
    page = render([lead(1, "a@example.com", "N\0", "S\ud800")])
    assert store.apply_page(plan_for(marketing_list), cut(page)).replaced == 2
    record = get_record(marketing_list)
    assert (record.data["LastName"], record.data["Notes__c"]) == ("N\ufffd", "S\ufffd")


@pytest.mark.fault("F76")
@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("Zo\N{LATIN SMALL LETTER E}\N{COMBINING DIAERESIS}@EXAMPLE.com", "zo\xeb@example.com"),
        ("\u00a0\u0130@example.com\u2003", "i\u0307@example.com"),
        ("\t a@example.com\n", "a@example.com"),
        ("A@XN--MNCHEN-3ya.example.de ", "a@m\xfcnchen.example.de"),
        ("a@xn--strae-oqa.de", "a@stra\xdfe.de"),
        ("a@xn--.de", "a@xn--.de"),
        ("xn--a@xn--a.de", "xn--a@xn--a.de"),
        ("a" * 250 + "@example.com", ""),
        ("", ""),
    ],
)
def test_address_is_normalised_in_the_same_way_on_every_engine(store, marketing_list, sent, kept):
    store.apply_page(plan_for(marketing_list), cut(render([lead(1, sent, "A", "")])))
    assert get_record(marketing_list).email == kept


@pytest.mark.fault("F35")
def test_list_is_untouched_when_a_column_is_missing(store, marketing_list):
    store.apply_page(plan_for(marketing_list), cut(render([ADA])))
    with pytest.raises(MissingColumnError):
        store.apply_page(
            plan_for(marketing_list), cut(render([ADA[:4]], ("Id", "OwnerId", *FIELDS[:2])))
        )
    assert get_record(marketing_list).data["LastName"] == "Lovelace"


def test_page_of_no_records_changes_nothing(store, marketing_list):
    assert store.apply_page(plan_for(marketing_list), iter([])) == PageCounts()
    assert store.apply_page(plan_for(marketing_list), cut(render([]))) == PageCounts()


def test_list_without_an_email_column_has_records_without_address(store, marketing_list):
    plan = plan_for(marketing_list, email_key=None)
    store.apply_page(plan, cut(render([ADA])))
    assert get_record(marketing_list).email == ""


def test_owner_and_id_may_be_columns_themselves(store, marketing_list):
    columns = plan_for(marketing_list).columns
    plan = plan_for(
        marketing_list,
        columns=(*columns[:1], PullColumn("Owner", "OwnerId"), PullColumn("Id", "Id")),
    )
    page = render([("a@example.com", OWNER, lead_id(1))], ("Email", "OwnerId", "Id"))
    assert store.apply_page(plan, cut(page)).added == 1
    assert get_record(marketing_list).data == {
        "Email": "a@example.com",
        "Owner": OWNER,
        "Id": lead_id(1),
    }


@pytest.mark.requirement("S76")
def test_missing_records_are_counted_and_removed_but_never_new_ones_of_ours(store, marketing_list):
    plan = plan_for(marketing_list, remember_seen=True)
    ListRecordFactory(list=marketing_list, salesforce_id=lead_id(9))
    ours = ListRecordFactory(list=marketing_list, salesforce_id=None)
    elsewhere = ListRecordFactory(salesforce_id=lead_id(9))
    store.apply_page(plan, cut(render([ADA])))
    store.apply_page(plan, cut(render([GRACE])))
    assert store.count_missing(plan) == 1
    assert store.remove_missing(plan) == 1
    assert store.count_missing(plan) == 0
    left = set(ListRecord.objects.values_list("record_id", flat=True))
    assert {ours.record_id, elsewhere.record_id} < left
    assert len(left) == 4


def test_everything_is_missing_after_a_page_of_no_records_but_not_after_no_page(
    store, marketing_list
):
    plan = plan_for(marketing_list, remember_seen=True)
    ListRecordFactory(list=marketing_list, salesforce_id=lead_id(9))
    for ask in (store.count_missing, store.remove_missing):
        with pytest.raises(NothingSeenError):
            ask(plan)
    store.apply_page(plan, cut(render([])))
    assert store.count_missing(plan) == 1


def test_a_record_counts_once_as_seen_however_many_pages_name_it(store, marketing_list):
    plan = plan_for(marketing_list, remember_seen=True)
    for page in ([ADA], [ADA, GRACE], []):
        store.apply_page(plan, cut(render(page)))
    store.apply_page(
        plan_for(marketing_list, remember_seen=True, run_id=RUN_ID + 1), cut(render([ADA]))
    )
    assert store.count_seen(plan) == 2


def test_seen_pages_of_a_run_are_forgotten_and_others_kept(store, marketing_list):
    for run_id in (RUN_ID, RUN_ID + 1):
        plan = plan_for(marketing_list, remember_seen=True, run_id=run_id)
        store.apply_page(plan, cut(render([ADA])))
    store.forget_seen(RUN_ID)
    assert SeenPage.objects.get().run_id == RUN_ID + 1


@pytest.mark.fault("F50", "F51", "F52")
def test_page_cut_at_any_byte_is_never_taken_for_whole(store, marketing_list):
    page = render(
        [lead(1, 'a"@example.com', "Zo\xeb\nline", 'x ""'), GRACE, lead(3, "c@x.org", "", "")]
    )
    plan = plan_for(marketing_list)
    for length in range(len(page)):
        with transaction.atomic():
            try:
                read = store.apply_page(plan, cut(page[:length])).read
            except PageError:
                read = None
            # Cut between two rows, only Salesforce's own number of records tells; see apply_page.
            assert read is None or (read < 3 and page[:length].count(b'"\n') == bool(length) + read)
            transaction.set_rollback(True)
    assert not ListRecord.objects.exists()


@pytest.mark.fault("F52")
@pytest.mark.parametrize("row", [lead(1, "a", "b"), lead(1, "a", "b", "c", "d"), ("",)])
def test_page_is_refused_when_a_row_has_another_number_of_cells(store, marketing_list, row):
    with pytest.raises(TruncatedPageError):
        store.apply_page(plan_for(marketing_list), cut(render([row])))


def test_error_of_the_source_comes_out_as_it_is(store, marketing_list):
    def breaking():
        yield render([ADA])
        raise ConnectionResetError("gone")

    with pytest.raises(ConnectionResetError, match="gone"):
        store.apply_page(plan_for(marketing_list), breaking())


@pytest.mark.fault("F77")
def test_page_is_refused_when_its_list_is_gone(store, marketing_list):
    plan = plan_for(marketing_list)
    marketing_list.delete()
    with pytest.raises(ListGoneError):
        store.apply_page(plan, cut(render([ADA])))


@pytest.mark.threat("T1")
def test_page_is_refused_when_its_list_belongs_to_another_account(store, other_account):
    theirs = MarketingListFactory(account=other_account)
    with pytest.raises(ListGoneError):
        store.apply_page(plan_for(theirs, account_id=theirs.account_id + 1), cut(render([ADA])))


def test_new_records_have_ids_that_grow(store, marketing_list):
    rows = [lead(number, f"{number}@example.com", "A", "") for number in range(5)]
    for part in (rows[:3], rows[3:]):
        store.apply_page(plan_for(marketing_list), cut(render(part)))
        # The ids tell milliseconds apart, and a quick machine does two pages in one.
        done = time.time_ns() // 1_000_000
        wait_until(lambda done=done: time.time_ns() // 1_000_000 > done)
    records = ListRecord.objects.order_by("salesforce_id")
    ids = [record.record_id for record in records]
    assert ids == sorted(set(ids))
    assert {record_id.version for record_id in ids} == {7}
