"""Headers, cookies, limits and CSRF: what keeps other sites and oversized requests out of a person's work."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, request
from flask_wtf import CSRFProtect
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from config import Settings

#: Text typed or pasted into one form. 20 MB of text is a mistake, and a file is the way for it.
MAX_TYPED_BYTES = 6 * 1024 * 1024
#: Everything comes from us; nothing inline, no frame, no plug-in.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
}
csrf = CSRFProtect()


def init_app(app: Flask, settings: Settings) -> None:
    """Limits, cookie flags, CSRF and headers."""
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=settings.max_upload_mb * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=MAX_TYPED_BYTES,
        SESSION_COOKIE_NAME="sanshen_form",  # CSRF secret and messages; the log-in has its own cookie
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        # A long document is written over a whole day; the token outlives the longest log-in.
        WTF_CSRF_TIME_LIMIT=int(timedelta(hours=settings.session_hours + 24).total_seconds()),
    )
    app.before_request(_refuse_oversized)
    app.before_request(_refuse_nul)
    csrf.init_app(app)
    app.after_request(_headers(settings))


def _refuse_oversized() -> None:
    """Werkzeug limits typed text in multipart forms only; this does it for the plain encoding.

    There every Chinese character takes nine octets on the wire, so the length alone is no measure.
    """
    sent = request.content_length or 0
    if sent <= MAX_TYPED_BYTES or request.mimetype != "application/x-www-form-urlencoded":
        return
    if sent > 3 * MAX_TYPED_BYTES:
        raise RequestEntityTooLarge
    if sum(len(text.encode()) for text in request.form.values()) > MAX_TYPED_BYTES:
        raise RequestEntityTooLarge


def _refuse_nul() -> None:
    """No keyboard types the NUL character, and PostgreSQL cannot store it."""
    sent = (request.path, *request.args.values(), *request.form.values())
    if any("\x00" in text for text in sent):
        raise BadRequest


def same_origin() -> bool:
    """Whether the browser vouches that this request was sent by one of our own pages.

    Asked only where the CSRF token has failed and typed text is offered again for sending.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    sender = request.headers.get("Origin") or request.headers.get("Referer") or ""
    return urlsplit(sender).netloc == request.host


def local_path(target: str | None) -> str | None:
    """`target` if it is a plain path on this site, else None: `next=` must never lead elsewhere."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return None
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or "\\" in target or any(ord(c) < 32 for c in target):
        return None
    return target


def set_cookie(response: AnyResponse, name: str, value: str, **options: Any) -> None:
    """A cookie with our flags."""
    response.set_cookie(name, value, httponly=True, samesite="Lax", **options)


def _headers(settings: Settings) -> Any:
    def add(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if settings.secure_cookies:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if request.endpoint != "static":
            # `no-cache`, not `no-store`: a browser going back must still find what was typed.
            response.headers.setdefault("Cache-Control", "private, no-cache")
            response.vary.add("Cookie")
            response.vary.add("Accept-Language")
        return response

    return add
