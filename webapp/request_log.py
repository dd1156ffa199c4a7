"""One line of JSON per request and per fault to stderr; the request id is the one the reader sees."""

from __future__ import annotations

import json
import logging
import secrets
import sys
import time
from datetime import UTC, datetime

from flask import Flask, Response, g, has_request_context, request

_NAME = "sanshen"
log = logging.getLogger(_NAME)


class JsonLines(logging.Formatter):
    """A log record as one line of JSON, never broken by what a user typed."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        }
        if has_request_context():
            line["request"] = request_id()
        line.update(getattr(record, "facts", {}))
        if record.exc_info:
            line["fault"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class _Stderr(logging.StreamHandler):  # type: ignore[type-arg]  # generic only for type checkers
    """Writes to whatever sys.stderr is now, so that test runners and service managers both catch it."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


def request_id() -> str:
    """The number of this request, made here and never taken from the client."""
    if "request_id" not in g:
        g.request_id = secrets.token_hex(4)
    found: str = g.request_id
    return found


def init_app(app: Flask) -> None:
    """Start counting each request and write its line at the end."""
    if not any(isinstance(handler, _Stderr) for handler in log.handlers):
        handler = _Stderr()
        handler.setFormatter(JsonLines())
        log.addHandler(handler)
        log.setLevel(logging.INFO)
        log.propagate = False
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    g.began = time.monotonic()


def _end(response: Response) -> Response:
    response.headers["X-Request-Id"] = request_id()
    if request.endpoint not in ("static", "health.check"):
        spent = time.monotonic() - g.get("began", time.monotonic())
        log.info(
            "request",
            extra={
                "facts": {
                    "method": request.method,
                    "path": request.path,
                    "status": response.status_code,
                    "ms": round(spent * 1000, 1),
                    "person": getattr(g.get("actor"), "id", None),
                }
            },
        )
    return response
