"""The engine: what one run does.

A doorbell names a run. `runner.execute_run` claims the run's account (`sync.queue.lease`), opens
the Salesforce client and walks the run's steps: `pull` streams the pages of a Bulk API query into
the record store, `removal` takes out what the full read no longer held (with a brake), `push` sends
new and changed records and reads every row's outcome back. Each step goes page by page: read,
compare, apply. A page and the checkpoint behind it are one transaction under the lease's fence
(`context.RunContext.advance`), so a run that dies resumes where it stood and does nothing twice.
"""
