"""Reports: saved questions about the organisation's records.

A report is a record of `Report` and a definition beside it. `types/` says what
a report may show: one table per report type, whose columns are paths from an
object. `definition` is what was asked; `filters` and `plan` make one SOQL query
of it, which runs as the user who runs the report; `facts` sorts the rows into
groups and totals, and `result` writes them down as the Analytics API does.
"""
