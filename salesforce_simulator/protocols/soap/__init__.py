"""The partner SOAP API: log-in, and in ``data`` everything that is done with records.

``partner`` reads the envelope, picks the operation by the name of the body's element, and wraps
the result, or the fault, into an envelope again.
"""
