"""Tenancy: who may see and change what belongs to which customer.

A request for `/a/<account>/...` meets `access.account_view`: it finds the person's `Membership`,
checks the role that the view asks for and opens the account's scope (`scope`). From
there on every query of an `AccountOwned` model sees that account's rows alone; without a scope it
raises. What a person changes is told to the `audit` log, what must stay secret is an
`encryption.EncryptedTextField`.
"""
