"""Import of a CSV file as a list, and the page that joins its columns with Salesforce."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from lists.models import ListKind, ListRecord, MarketingList, SystemUsage
from sync.models import SyncJob
from tests.factories import MarketingListFactory
from tests.page_walk import assert_sound_in_each_look
from tests.sync.views.pages import find_option, text_of

ROWS = """Surname;E-Mail address;First Name;Stand
Lovelace;ada@example.com;Ada;A1
;Bob@Example.com;;B2
"""


@pytest.fixture
def send(marketer, client_of):
    """Return `send(content)`, which imports a file of that text, or bytes, by the page."""

    def run(content, name="Fair"):
        file = SimpleUploadedFile(
            "fair.csv", content.encode() if isinstance(content, str) else content
        )
        return client_of(marketer).post(
            reverse("list_import_file", args=["example"]), {"name": name, "file": file}, follow=True
        )

    return run


@pytest.fixture
def file_job(send):
    send(ROWS)
    return SyncJob.objects.get()


def url_of(name, *args):
    return reverse(name, args=["example", *args])


def columns_of(made, *names):
    return list(made.columns.values_list(*names))


@pytest.mark.requirement("S52")
def test_a_csv_file_becomes_a_list_without_a_connection(account, marketer, client_of, send):
    first = client_of(marketer).get(url_of("list_import"), {"source": "file"}, follow=True)
    page = send(ROWS)

    assert "Import: CSV file" in text_of(first)
    assert "Records added" in text_of(page)
    made = MarketingList.objects.get()
    assert (made.name, made.kind, made.record_count) == ("Fair", ListKind.FILE, 2)
    assert columns_of(made, "name", "system_usage") == [
        ("Surname", SystemUsage.LAST_NAME),
        ("E-Mail address", SystemUsage.EMAIL),
        ("First Name", SystemUsage.FIRST_NAME),
        ("Stand", ""),
    ]
    assert {record.email for record in ListRecord.objects.all()} == {
        "ada@example.com", "bob@example.com",
    }  # fmt: skip


def test_the_column_of_addresses_is_found_by_what_it_holds(account, send):
    send("Who,Where\nAda,ada@example.com\n")

    made = MarketingList.objects.get()
    assert columns_of(made, "name", "system_usage") == [("Who", ""), ("Where", SystemUsage.EMAIL)]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "The file is empty"),
        ("Name,City\nAda,London\n", "No column of the file holds e-mail addresses"),
        ("Email,,City\nada@example.com,x,y\n", "column 2 has no name"),
        ("Email,City,city\nada@example.com,x,y\n", "“city” stands there twice"),
        ("Email\n", "no rows below its header"),
        ("Email\nada@example.com\nADA@example.com\n", "stands in row 2 already"),
        ("Email\nnobody\n", "“nobody” is not an e-mail address"),
        (b"PK\x03\x04", "a spreadsheet's workbook"),
        ('Email,City\nada@example.com,"x\n', "it cannot be read"),
    ],
)
def test_a_file_with_a_flaw_makes_no_list(account, send, content, sentence):
    page = text_of(send(content))

    assert "no list was made" in page
    assert sentence in page
    assert not MarketingList.objects.exists()


def test_a_name_that_is_taken_is_refused_before_the_file_is_read(account, send):
    MarketingListFactory(name="fair")

    assert "Another list has this name already" in text_of(send(ROWS))
    assert not SyncJob.objects.exists()


@pytest.mark.requirement("S64", "S69")
def test_columns_are_joined_with_the_fields_that_their_names_speak_for(
    connection, file_job, marketer, client_of
):
    browser = client_of(marketer)
    page = browser.get(url_of("sync_setup", file_job.list_id), follow=True)
    names = {f"column_{pk}": name for pk, name in columns_of(file_job.list, "pk", "name")}
    form = page.context["form"]
    sent = {name: form[name].value() for name in names}

    assert {names[key]: value for key, value in sent.items()} == {
        "Surname": "LastName", "E-Mail address": "Email", "First Name": "FirstName", "Stand": "",
    }  # fmt: skip
    assert "Salesforce needs a value for each of these: Last Name" in text_of(page)
    answer = browser.post(
        url_of("sync_mapping", file_job.list_id), {"object": "Contact", **sent}, follow=True
    )
    assert "become contacts in Salesforce" in text_of(answer)
    for name in ("pull_add", "pull_update", "remove_missing"):
        assert f'name="{name}"' not in text_of(answer)
    assert "column_1" not in find_option(answer, "push_columns", "column_1").text.split(">", 2)[2]
    made = MarketingList.objects.get()
    assert made.mapped_object == "Contact"
    assert dict(columns_of(made, "name", "salesforce_field"))["Surname"] == "LastName"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"Surname": "LastName", "First Name": "LastName"}, "Two columns cannot go to one field"),
        ({"Surname": "CreatedDate"}, "Select a valid choice"),
        ({"E-Mail address": ""}, "has to go to the field Email"),
    ],
)
def test_a_mapping_that_cannot_work_is_refused(
    connection, file_job, marketer, client_of, fields, sentence
):
    chosen = {"E-Mail address": "Email", **fields}
    ids = dict(columns_of(file_job.list, "name", "pk"))
    sent = {f"column_{ids[name]}": field for name, field in chosen.items()}

    page = client_of(marketer).post(
        url_of("sync_mapping", file_job.list_id), {"object": "Lead", **sent}
    )

    assert sentence in text_of(page)
    assert MarketingList.objects.get().mapped_object == ""


def test_the_mapping_stays_once_a_record_is_in_salesforce(
    connection, file_job, marketer, client_of
):
    MarketingList.objects.update(mapped_object="Lead")
    record = ListRecord.objects.first()
    ListRecord.objects.filter(record_id=record.record_id).update(salesforce_id="00Q000000000001AAA")

    page = text_of(client_of(marketer).get(url_of("sync_mapping", file_job.list_id)))
    setup = text_of(client_of(marketer).get(url_of("sync_setup", file_job.list_id)))

    assert "This can no longer be changed" in page
    assert 'name="pull_update"' in setup
    assert 'name="pull_add"' not in setup


def test_other_lists_have_no_mapping(connection, job, marketer, client_of):
    answer = client_of(marketer).get(url_of("sync_mapping", job.list_id))

    assert answer.status_code == 404


@pytest.mark.browser
@pytest.mark.requirement("S52", "S64")
def test_a_person_imports_a_file_and_sets_its_sync_up(
    connection, marketer, live_app, context, page, console, tmp_path
):
    path = tmp_path / "fair.csv"
    path.write_text(ROWS, "utf-8")
    live_app.log_in(context, marketer)
    page.goto(live_app.url + url_of("list_import"))
    page.get_by_label("CSV file").check()
    page.get_by_role("button", name="Next").click()
    page.get_by_label("List name").fill("Spring Fair")
    page.locator("input[type=file]").set_input_files(str(path))
    assert_sound_in_each_look(page, console)
    page.get_by_role("button", name="Finish").click()
    page.get_by_role("link", name="Sync Setup").click()
    page.get_by_text("Step 2").wait_for()
    assert_sound_in_each_look(page, console)
    page.get_by_role("button", name="Save").click()
    page.get_by_text("The columns are joined with Salesforce").wait_for()
    assert_sound_in_each_look(page, console)
    assert MarketingList.objects.get().mapped_object == "Lead"
