"""E-mail to the people of the lists: templates, sends, tracked links, bounces, unsubscribes.

A sibling of `sync`: both stand above the prospects and neither imports the other. Nothing is sent
yet.
"""
