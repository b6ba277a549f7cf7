"""Text in a cell of a CSV file that people open in a spreadsheet.

A spreadsheet takes a cell that begins like a formula for one and computes it. An apostrophe in
front keeps it text; what we wrote with one is read without it, so that a list that was exported
and is uploaded again is the same list.
"""

# The heading over the Salesforce ids of a list's records, which are no column of the list.
ID_HEADING = "Salesforce ID"

APOSTROPHE = "'"
# The apostrophe is among them so that a text that begins with one comes back whole.
GUARDED = ("=", "+", "-", "@", "\t", "\r", "\n", APOSTROPHE)


def guard(text: str) -> str:
    """Return `text` as a cell that no spreadsheet computes."""
    return APOSTROPHE + text if text.startswith(GUARDED) else text


def unguard(cell: str) -> str:
    """Return the text of a cell, without the apostrophe that `guard` puts in front."""
    return cell[1:] if cell[0:1] == APOSTROPHE and cell.startswith(GUARDED, 1) else cell
