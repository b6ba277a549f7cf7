"""Requests inside a request: composite, batch, graph and tree.

A subrequest goes through the same routes and handlers as an ordinary request (``dispatch``), so
there is one implementation of each resource. An all-or-none request does all its work in one
thread, which holds one transaction of the organisation (``transaction``).
"""
