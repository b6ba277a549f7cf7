"""The first Bulk API, below ``/services/async``, in XML and JSON.

A client opens a job, adds batches of up to 10,000 records or a query, closes the job, and asks for
the result of each batch. A job goes ``Open > Closed`` or ``Aborted``, a batch ``Queued > InProgress
> Completed``, ``Failed`` or ``NotProcessed``. The first API names its errors, times and sessions in
its own way; what it does to records is what Bulk API 2.0 does.
"""
