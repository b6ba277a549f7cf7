"""Who is worth a call: the people behind the records of all lists.

A person is one e-mail address in an account. Nothing is stored of them yet: their records stand in
the lists, and a page gathers those with one address.
"""
