"""The Metadata API over SOAP and REST, and custom fields in the Tooling API.

``soap`` reads an ``envelope``, picks the operation in ``operations`` and wraps the result, or the
fault, into an envelope again; ``rest`` is its twin for deployments. Both take their results from
``answers``. ``tooling`` serves ``CustomField`` below ``/tooling/sobjects``.
"""
