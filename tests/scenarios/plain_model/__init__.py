"""What lists and organisation must hold, said once more in the plainest way.

`organisation` says what people in Salesforce are and what others do to them, `marketing_list`
what a list holds and what people do to it here, `sync` what one run does between the two. All of
it is written from the specification, of whole lists and with loops: no pages, no cursor, no
hashes, no SQL. So it can disagree with the application, and a test that finds the two apart has
found a mistake of one of them.

`hands` do the same things to the real organisation and through the application's own services,
and `differences` tells where the two are apart.
"""
