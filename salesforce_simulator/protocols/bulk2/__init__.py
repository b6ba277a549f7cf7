"""Bulk API 2.0: query and ingest jobs that a background worker processes.

A query job goes ``UploadComplete > InProgress > JobComplete``, an ingest job ``Open >
UploadComplete > InProgress > JobComplete``. Either may end as ``Failed`` or ``Aborted``.
"""
