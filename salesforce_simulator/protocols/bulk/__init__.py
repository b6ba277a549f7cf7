"""What both Bulk APIs have in common: jobs on disk, the worker, uploads, results.

A job is a directory below ``DATA/bulk``: ``job.json`` is its state, beside it lie what was
uploaded and what came out. A query's rows are rendered once into one file, and every page a client
asks for is a stretch of that file. Records are written in batches of 10,000. After a restart,
unfinished jobs run again; batches that were written are recognised by their key, so no record is
made twice.

Bulk API 2.0 (``bulk2``) cuts a job into batches by itself. In the first Bulk API (``bulk1``) the
client does: there each batch is kept and processed as a job of its own that has a parent.
"""
