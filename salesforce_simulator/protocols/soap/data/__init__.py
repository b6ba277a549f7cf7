"""The partner API's operations on data.

``operations`` holds the table from an operation's name to its handler. A handler
takes a ``DataCall``, works on the organisation in a thread of its own, and
returns the markup of its results: ``sobjects`` reads and writes records,
``results`` the outcomes of changes, ``markup`` everything else.
"""
