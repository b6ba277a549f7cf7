"""OAuth 2.0 and OpenID Connect under /services/oauth2, /.well-known and /id, and the canvas.

``authorize`` shows the log-in and the consent page (``pages``) and sends the browser back with a
code; ``token`` trades it. ``discovery`` tells clients where everything is, ``identity`` who a
session belongs to.
"""
