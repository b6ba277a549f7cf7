"""Changing records under Salesforce's rules.

A change is checked whole before anything is written: `plan` resolves the field
names once for all records that carry the same ones, `coerce` brings each value
into its stored form, `references` checks what it points at, `rules` adds what
holds for one object alone, and `writer` then writes it.
"""
