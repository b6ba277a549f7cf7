"""Bulk API 2.0: query and ingest jobs that a background worker processes.

A job is a directory below ``DATA/bulk2``: ``job.json`` is its state, beside it lie what was
uploaded and what came out. A query job goes ``UploadComplete > InProgress > JobComplete``; its
rows are rendered once into one file, and every page a client asks for is a stretch of that file.
An ingest job goes ``Open > UploadComplete > InProgress > JobComplete``; its rows are written in
batches of 10,000. Either may end as ``Failed`` or ``Aborted``. After a restart, unfinished jobs
run again; batches that were written are recognised by their key, so no record is made twice.
"""
