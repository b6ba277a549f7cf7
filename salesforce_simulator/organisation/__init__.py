"""The organisation itself: objects, records, rules and users, without any HTTP.

`organisation.Organisation` is the one door. Below it, `catalogue` says which
objects and fields exist, `database` keeps their records in SQLite, `dml`
changes them under Salesforce's rules, `users` knows who may log in, and
`describe` tells clients about all of it.
"""
