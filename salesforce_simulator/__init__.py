"""A Salesforce organisation on this machine, speaking the real protocols over HTTPS.

One request, ``GET /services/data/v60.0/query/?q=SELECT Id FROM Lead``, walks like this:
``transport.server`` takes it from a loopback socket; ``transport.middleware`` stands around it with
the call log, error bodies and compression; ``protocols.gate`` checks version, session and daily
limit; ``protocols.rest.query`` hands the text to ``organisation.Organisation.query`` in a thread;
``soql`` turns it into one SQLite statement; the records come back as JSON with a nextRecordsUrl.

Start it with ``python -m salesforce_simulator``; ``cli`` tells how.
"""
