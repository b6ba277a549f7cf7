"""The partner SOAP API, as far as a connector needs it: login, logout and getUserInfo.

``partner`` reads the envelope, picks the operation by the name of the body's element, and wraps
the result, or the fault, into an envelope again.
"""
