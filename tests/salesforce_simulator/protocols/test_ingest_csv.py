import pytest

from salesforce_simulator.protocols.bulk.errors import JobFailedError
from salesforce_simulator.protocols.bulk.ingest_csv import CsvSource as Upload
from salesforce_simulator.protocols.bulk.job import Job, State

DESCRIBE = {
    "fields": [
        {"name": "Id", "relationshipName": None},
        {"name": "LastName", "relationshipName": None},
        {"name": "Email", "relationshipName": None},
        {"name": "AccountId", "relationshipName": "Account"},
    ]
}


def upload(tmp_path, data, **changes):
    path = tmp_path / "upload.csv"
    path.write_bytes(data)
    settings = {"operation": "insert", "sobject_type": "Contact", "state": State.IN_PROGRESS}
    dates = dict.fromkeys(("created_by_id", "created_date", "system_modstamp"), "")
    job = Job(id="750", api_version="60.0", **settings, **dates)
    return Upload(path, Job(**{**vars(job), **changes}))


def rows_of(file):
    return [file.values(row) for batch in file.batches(10_000) for row in batch]


def test_empty_cells_are_left_out_and_not_available_means_null(tmp_path):
    file = upload(tmp_path, b'LastName,Email\nA,\n"B",#N/A\n')
    assert rows_of(file) == [{"LastName": "A"}, {"LastName": "B", "Email": None}]


def test_column_of_a_parents_key_becomes_a_nested_value(tmp_path):
    file = upload(tmp_path, b"LastName,Account.Key__c\nA,x1\nB,#N/A\n")
    file.check(DESCRIBE)
    assert rows_of(file) == [
        {"LastName": "A", "Account": {"Key__c": "x1"}},
        {"LastName": "B", "Account": None},
    ]


def test_cells_keep_line_breaks_quotes_and_unicode_separators(tmp_path):
    file = upload(tmp_path, 'LastName,Email\n"a\nb ""c"" \u2028d",x\n'.encode())
    assert rows_of(file) == [{"LastName": 'a\nb "c" \u2028d', "Email": "x"}]


@pytest.mark.parametrize(
    ("name", "character"), [("TAB", "\t"), ("PIPE", "|"), ("BACKQUOTE", "`"), ("CARET", "^")]
)
def test_delimiter_of_the_job_separates_the_cells(tmp_path, name, character):
    data = f"LastName{character}Email\nA,B{character}x\n".encode()
    assert rows_of(upload(tmp_path, data, column_delimiter=name)) == [
        {"LastName": "A,B", "Email": "x"}
    ]


def test_job_fails_when_the_line_ending_is_not_the_one_it_was_made_with(tmp_path):
    with pytest.raises(JobFailedError, match="Current LineEnding setting is LF"):
        upload(tmp_path, b"LastName\r\nA\r\n").check(DESCRIBE)
    upload(tmp_path, b"LastName\r\nA\r\n", line_ending="CRLF").check(DESCRIBE)


@pytest.mark.parametrize("cell", [b"Surname", b"Owner.Email", b"\xef\xbb\xbfLastName"])
def test_job_fails_when_a_column_is_unknown(tmp_path, cell):
    with pytest.raises(JobFailedError, match="Field name not found"):
        upload(tmp_path, cell + b",Email\nA,x\n").check(DESCRIBE)


def test_job_fails_when_an_update_has_no_id_column(tmp_path):
    with pytest.raises(JobFailedError, match="Field name not found : Id"):
        upload(tmp_path, b"LastName\nA\n", operation="update").check(DESCRIBE)


def test_job_fails_when_the_data_is_not_utf8(tmp_path):
    with pytest.raises(JobFailedError):
        rows_of(upload(tmp_path, b"LastName\nM\xfcller\n"))


def test_cells_longer_than_the_csv_modules_limit_are_read(tmp_path):
    long = "x" * 200_000
    assert rows_of(upload(tmp_path, f"LastName\n{long}\n".encode())) == [{"LastName": long}]


def test_blank_lines_are_no_rows(tmp_path):
    assert rows_of(upload(tmp_path, b"LastName\nA\n\nB\n")) == [
        {"LastName": "A"},
        {"LastName": "B"},
    ]
