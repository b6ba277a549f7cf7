"""The organisation itself: objects, records, rules and users, without any HTTP.

`organisation.Organisation` is the one door. Below it, `catalogue` says which
standard objects and fields exist, `customisation` adds what administrators made,
`permissions` hides what a user may not see, `database` keeps their records in SQLite, `dml`
changes them under Salesforce's rules, `metadata` deploys what administrators
made elsewhere, `users` knows who may log in, and
`describe` tells clients about all of it.
"""
