"""The pages that a person sees on the way: log-in, consent, and what is wrong with a link.

Small plain HTML. Whatever comes from outside is escaped; the pages load nothing and may not be
framed.
"""

import base64
import hashlib
import secrets
from collections.abc import Iterable
from html import escape

from aiohttp import web

_STYLE = (
    "body{font:15px/1.5 sans-serif;background:#f3f3f3;color:#181818;margin:0}"
    "main{max-width:24rem;margin:4rem auto;padding:2rem;background:#fff;border:1px solid #ccc;"
    "border-radius:.5rem}h1{font-size:1.25rem;margin-top:0}label{display:block;margin:.75rem 0}"
    "input{display:block;width:100%;box-sizing:border-box;padding:.5rem;font:inherit}"
    "button{padding:.5rem 1.5rem;font:inherit;margin-right:.5rem}.error{color:#ba0517}"
    "iframe{width:100%;height:40rem;border:0}"
)
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; frame-ancestors 'none'"
_HEADERS = {
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-cache, no-store",
    "Referrer-Policy": "no-referrer",
}
WRONG_LOGIN = (
    "Please check your username and password. If you still can't log in, contact your Salesforce"
    " administrator."
)


def login_page(organisation_name: str, username: str, error: str = "") -> web.Response:
    """Return the form for user name and password; it comes back to the page's own address."""
    complaint = f'<p class="error" id="error" role="alert">{escape(error)}</p>' if error else ""
    return _page(
        "Login | Salesforce",
        f"<h1>Log in to {escape(organisation_name)}</h1>{complaint}"
        '<form method="post" id="login_form">'
        '<label>Username<input type="text" id="username" name="username" required'
        f' autocomplete="username" value="{escape(username)}"></label>'
        '<label>Password<input type="password" id="password" name="pw"'
        ' autocomplete="current-password"></label>'
        '<button type="submit" id="Login" name="Login" value="Log In">Log In</button></form>',
    )


def consent_page(app_name: str, person: str, asked: Iterable[str], proof: str) -> web.Response:
    """Return the question whether an app may act for a person; `proof` comes back with it."""
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in asked)
    return _page(
        "Allow Access?",
        f"<h1>Allow Access?</h1><p><strong>{escape(app_name)}</strong> is asking to:</p>"
        f"<ul>{items}</ul><p>Do you want to allow access for {escape(person)}?</p>"
        '<form method="post" id="editPage">'
        f'<input type="hidden" name="confirmation" value="{escape(proof)}">'
        '<button type="submit" id="oaapprove" name="save" value="Allow">Allow</button>'
        '<button type="submit" id="oadeny" name="cancel" value="Deny">Deny</button></form>',
    )


def error_page(error: str, description: str) -> web.Response:
    """Return what is wrong with a link that must not lead anywhere."""
    text = escape(f"error={error}&error_description={description}")
    return _page(
        "OAuth Error",
        "<h1>We can't authorize you because of an OAuth error.</h1>"
        f'<p class="error" id="error">{text}</p>',
        status=400,
    )


def canvas_page(app_name: str, canvas_url: str, signed_request: str) -> web.Response:
    """Return a page that posts a signed request into a frame, as Salesforce's pages do."""
    nonce = secrets.token_urlsafe(16)
    return _page(
        app_name,
        f'<h1>{escape(app_name)}</h1><iframe name="canvas" title="{escape(app_name)}"></iframe>'
        f'<form method="post" id="canvas_form" target="canvas" action="{escape(canvas_url)}">'
        f'<input type="hidden" name="signed_request" value="{escape(signed_request)}"></form>'
        f'<script nonce="{nonce}">document.getElementById("canvas_form").submit()</script>',
        more_policy=f"; script-src 'nonce-{nonce}'; frame-src *",
    )


def _page(title: str, body: str, *, status: int = 200, more_policy: str = "") -> web.Response:
    html = (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body><main>{body}</main></body></html>"
    )
    headers = {**_HEADERS, "Content-Security-Policy": _POLICY + more_policy}
    return web.Response(text=html, status=status, content_type="text/html", headers=headers)
