"""SOQL, Salesforce's query language.

A query's text goes through `parser` (after `grammar.lark`) into the small
dataclasses of `nodes`; `compiler` resolves its names against the catalogue and
makes one SQLite statement of it; `result` runs that and hands the records out,
page by page for REST or as CSV for the Bulk API.
"""
