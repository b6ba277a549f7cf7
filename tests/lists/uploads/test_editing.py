"""Records of the list that a file changes."""

import pytest

from lists.export import iter_csv
from lists.models import ListRecord
from lists.uploads import UploadError
from lists.uploads.applying import ROWS_AT_ONCE
from tests.factories import ListRecordFactory, MarketingListFactory


@pytest.fixture
def known(people):
    """A record that Salesforce knows."""
    return ListRecordFactory(
        list=people,
        email="ada@example.com",
        data={
            "Email": "ada@example.com", "FirstName": "Ada", "City": "London", "Score__c": "7.5",
            "NumberOfEmployees": "many",
        },
    )  # fmt: skip


@pytest.fixture
def local(people):
    """A record that Salesforce does not know."""
    return ListRecordFactory(
        list=people, salesforce_id=None, email="bob@example.com", data={"Email": "bob@example.com"}
    )


def test_row_edits_the_record_when_the_list_has_its_address(known, upload):
    result = upload("E-mail,City\nADA@example.com,Paris\n")

    assert (result.added, result.changed, result.unchanged) == (0, 1, 0)
    before, record = known, ListRecord.objects.get()
    assert (record.record_id, record.salesforce_id) == (before.record_id, before.salesforce_id)
    assert record.data == {**before.data, "City": "Paris"}
    assert record.dirty == {"City": "London"}
    assert record.updated_at == record.edited_at > before.updated_at


def test_row_leaves_nothing_to_push_when_it_brings_the_agreed_value_back(known, upload):
    upload("E-mail,City\nada@example.com,Paris\n")

    upload("E-mail,City\nada@example.com,London\n")

    record = ListRecord.objects.get()
    assert (record.data["City"], record.dirty) == ("London", None)


def test_row_keeps_no_agreed_value_when_salesforce_does_not_know_the_record(local, upload):
    upload("E-mail,City\nbob@example.com,Paris\n")

    record = ListRecord.objects.get()
    assert (record.data["City"], record.dirty) == ("Paris", None)


def test_row_keeps_no_agreed_value_when_the_column_is_only_here(known, upload):
    upload("E-mail,Note\nada@example.com,Call on Monday\n")

    record = ListRecord.objects.get()
    assert (record.data["note"], record.dirty) == ("Call on Monday", None)


@pytest.mark.parametrize("cell", ["", "  ", '""'])
def test_blank_cell_changes_nothing_when_the_list_has_the_address(known, upload, cell):
    result = upload(f"E-mail,City,Do Not Call\nada@example.com,{cell},\n")

    assert (result.changed, result.unchanged) == (0, 1)
    record = ListRecord.objects.get()
    assert (record.data, record.dirty) == (known.data, None)
    assert record.updated_at == known.updated_at


def test_row_that_says_what_the_list_says_is_no_edit_even_where_one_would_be_refused(known, upload):
    result = upload("E-mail,Score,Employees\nAda@Example.com,7.5,many\n")

    assert (result.changed, result.unchanged) == (0, 1)


def test_file_adds_changes_and_leaves_when_it_holds_all_three(known, local, upload):
    result = upload("E-mail,City\nada@example.com,Paris\nbob@example.com,\neve@example.com,Rome\n")

    assert (result.added, result.changed, result.unchanged) == (1, 1, 1)
    assert ListRecord.objects.count() == 3


def test_upload_changes_nothing_when_the_same_file_comes_again(upload):
    content = "E-mail,City,Do Not Call,Phone\na@example.com,Rome,,'+1\nb@example.com,,yes,\n"
    upload(content)

    result = upload(content)

    assert (result.added, result.changed, result.unchanged) == (0, 0, 2)


def test_record_of_another_list_stays_as_it_is_when_it_has_the_address(people, upload):
    elsewhere = ListRecordFactory(list=MarketingListFactory(), email="ada@example.com")

    result = upload("E-mail,City\nada@example.com,Paris\n")

    assert result.added == 1
    elsewhere.refresh_from_db()
    assert elsewhere.data == {"Email": "ada@example.com"}


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("ada@example.com,,9,", "Row 2: column “Score”: Salesforce calculates this value."),
        ("new@example.com,,9,", "Row 2: column “Score”: Salesforce calculates this value."),
        (
            "ada@example.com,,,lots",
            "Row 2: column “Employees”: Enter a number, for example 1200.50.",
        ),
        (
            "ada@example.com,Llanfairpwllgwyngyllgogerychwyrndrobwll,,",
            "Row 2: column “City”: Salesforce takes at most 20 characters here.",
        ),
    ],
)
def test_file_is_refused_when_salesforce_would_not_take_a_value(known, upload, row, sentence):
    with pytest.raises(UploadError) as refusal:
        upload(f"E-mail,City,Score,Employees\n{row}\neve@example.com,Rome,,\n")

    assert refusal.value.sentences == (sentence,)
    record = ListRecord.objects.get()
    assert (record.data, record.dirty) == (known.data, None)


def test_file_is_refused_when_the_list_has_an_address_several_times(known, upload):
    ListRecordFactory(list=known.list, email="ada@example.com")

    with pytest.raises(UploadError) as refusal:
        upload("E-mail,City\neve@example.com,Rome\nada@example.com,Paris\n")

    assert refusal.value.sentences == ("Row 3: 2 records of the list have “ada@example.com”.",)
    assert not ListRecord.objects.filter(email="eve@example.com").exists()
    assert set(ListRecord.objects.values_list("data__City", flat=True)) == {"London", None}


@pytest.mark.parametrize("salesforce_id", ["", " ", "{0}", " {0} "])
def test_row_edits_the_record_when_it_names_its_salesforce_id_or_none(known, upload, salesforce_id):
    named = salesforce_id.format(known.salesforce_id)

    result = upload(f"Salesforce ID,E-mail,City\n{named},ada@example.com,Paris\n")

    assert result.changed == 1
    assert ListRecord.objects.get().data["City"] == "Paris"


@pytest.mark.parametrize("address", ["ada@example.com", "new@example.com"])
def test_file_is_refused_when_a_row_names_the_salesforce_id_of_another_record(
    known, upload, address
):
    with pytest.raises(UploadError) as refusal:
        upload(f"E-mail,Salesforce ID\n{address},00Q000000000009AAA\n")

    assert refusal.value.sentences == (
        (
            "Row 2: the list has no record with the Salesforce ID “00Q000000000009AAA” and this "
            "address. Correct the address, or leave the ID blank."
        ),
    )
    assert ListRecord.objects.count() == 1


def test_exported_list_changes_nothing_when_it_is_uploaded_again(known, local, upload):
    known.data |= {"Phone": "+49 89 1234", "note": "'=1", "City": "-"}
    known.save()
    before = list(ListRecord.objects.order_by("record_id").values())

    result = upload(b"".join(iter_csv(known.list)))

    assert (result.added, result.changed, result.unchanged) == (0, 0, 2)
    assert list(ListRecord.objects.order_by("record_id").values()) == before


def test_nothing_of_a_long_file_stays_when_its_last_row_is_refused(known, upload):
    rows = "".join(f"p{n}@example.com,Rome,\n" for n in range(2 * ROWS_AT_ONCE))

    with pytest.raises(UploadError):
        upload(f"E-mail,City,Score\n{rows}ada@example.com,Paris,9\n")

    assert [record.data for record in ListRecord.objects.all()] == [known.data]
