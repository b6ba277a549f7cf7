"""Other people's programs that bring Salesforce's records somewhere, on the same organisation.

| peer | does |
|---|---|
| simple-salesforce, `bulk2.download` | writes Bulk API 2.0's pages to files; no database |
| simple-salesforce, `bulk2.query` | reads the same into dictionaries; no database |
| CumulusCI | extracts a mapping to SQLite, by Bulk API 1 |
| dlt | merges records from simple-salesforce into PostgreSQL |
| tap-salesforce, target-postgres | Singer's two halves, a process each, REST to PostgreSQL |

Each of the last three lives in an environment of its own below `var/bench/`, made from the pinned
file in `requirements/` the first time; where that fails, the peer is left out and the benchmark
says so. They are measured at no more than 100,000 rows: their rates hardly depend on the number,
and a million would take the slowest of them a quarter of an hour.
"""
