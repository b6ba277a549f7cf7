"""Connected apps and OAuth 2.0, without HTTP.

A request to authorize is read by ``authorization`` against the app that ``apps`` holds. The user
agrees, and ``codes`` gives out a code for fifteen minutes. ``grants`` takes that code, or a refresh
token, an assertion, a password, and answers with a session of ``organisation.sessions``; what the
user has approved, and the refresh token for it, stands in ``approvals``. ``tokens`` writes the
answer and signs the id token with the key of ``signing_key``. ``canvas`` signs the request that
Salesforce sends to an app inside its pages.
"""
