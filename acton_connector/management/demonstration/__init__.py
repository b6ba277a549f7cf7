"""The demonstration: an administrator's whole path, on this machine.

`organisation` starts a Salesforce organisation of our own, `application` starts web, worker and
beat, `story` walks the path (connect, import, edit, upload, set up, run, and a run that starts by
itself) through the same services that the pages call, and `check` asks the organisation what it
holds now. `manage.py demo` puts them together.
"""
