"""Adding records to a list from a CSV file.

The file is read twice. The first time nothing is written: `encoding` finds out how its letters
are stored, `header` which column of the list each of its columns is, and `checks` goes through
its rows and notes what is wrong with them, by the row's number in a spreadsheet. Only a file
without a flaw is read again by `applying`, in one transaction: an address that the list has
changes its record, as an edit would; any other one becomes a record that Salesforce does not
know yet. Neither reading keeps more than a batch of rows in memory.
"""

from lists.uploads.errors import UploadError
from lists.uploads.new_list import create_list_from_csv
from lists.uploads.services import UploadResult, upload_csv

__all__ = ["UploadError", "UploadResult", "create_list_from_csv", "upload_csv"]
