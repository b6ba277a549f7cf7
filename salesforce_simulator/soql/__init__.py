"""SOQL, Salesforce's query language.

A query's text goes through `tokens` and `parser` (with `parse_select`,
`parse_conditions` and `literals`) into the small dataclasses of `nodes`.
`compiler` resolves its names against the catalogue and makes one SQLite
`statement` of it: `scope` joins the parents, `functions` and `groups` know
functions and GROUP BY, `conditions` the filters, `semijoins`, `children` and
`typeof` what their names say. `result` runs the statement and hands the records
out, page by page for REST or as CSV for the Bulk API.
"""
