"""The Tooling API as far as a look at an organisation's set-up needs it.

`tables` says which objects and fields there are, `rows` computes their records from the catalogue
and from the metadata that the organisation keeps, `query` runs SOQL over them.
"""
