"""What an administrator lays down for all changes of records.

`book` is the whole of it as a value, kept in the organisation's database;
`formula` are the conditions of its rules; `checks` refuses records by them,
`duplicates` looks for the same person, `assignment` gives leads to their
owners, and `row_locks` holds what another transaction is said to hold.
"""
