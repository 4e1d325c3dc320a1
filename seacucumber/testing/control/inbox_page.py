"""The page for people: what was accepted last, with a link to each source.

Addresses that wait to be verified stand above, each with the link of its mail.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from html import escape

from seacucumber.testing.control.api import SOURCE_PREFIX, VERIFICATION_PREFIX
from seacucumber.testing.control.console import Console
from seacucumber.testing.http.wire import Answer
from seacucumber.testing.inbox import Accepted
from seacucumber.testing.ses.identities import Status

SHOWN = 100

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem;
       padding: 0 1rem; color: #1d2a2f; background: #fbfcfb; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .35rem .75rem .35rem 0; vertical-align: top;
         border-bottom: 1px solid #d5dedb; overflow-wrap: anywhere; }
td:first-child { white-space: nowrap; }
a { color: #0b5f59; }
@media (prefers-color-scheme: dark) {
  body { color: #dfe9e6; background: #12191b; }
  th, td { border-color: #33423f; }
  a { color: #7fd1c5; }
}
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def answer(console: Console) -> Answer:
    """Return the page."""
    return Answer(
        content_type="text/html; charset=utf-8",
        headers=_HEADERS,
        body=_html(console).encode("utf-8", "replace"),
    )


def _html(console: Console) -> str:
    rows = console.inbox
    items = "".join(_row(row) for row in reversed(rows[-SHOWN:]))
    empty = "" if rows else "<p>No message has been accepted yet.</p>"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>Local SES</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>Local SES</h1><p>{_summary(console)}</p>"
        f"{_verifications(console)}{empty}<table><thead><tr>"
        '<th scope="col">Accepted (UTC)</th><th scope="col">Subject</th>'
        '<th scope="col">From</th><th scope="col">To</th>'
        '<th scope="col">Outcome</th></tr></thead>'
        f"<tbody>{items}</tbody></table></main></body></html>"
    )


def _summary(console: Console) -> str:
    settings = console.settings
    counters = console.counters
    quota = "no limit" if settings.quota_24h < 0 else f"{settings.quota_24h:,.0f}"
    return (
        f"{counters.accepted:,} messages to {counters.recipients:,} recipients were "
        f"accepted. Recipients a second: {settings.rate:g}. Recipients in 24 hours: "
        f"{quota}, of which {console.sent_last_24h:,.0f} are used."
    )


def _verifications(console: Console) -> str:
    return "".join(
        f'<p><a href="{escape(VERIFICATION_PREFIX + row.verification_token)}">'
        f"Verify {escape(row.name)}</a>, as the link in Amazon's mail does.</p>"
        for row in console.identities
        if row.status is Status.PENDING and row.verification_token
    )


def _row(row: Accepted) -> str:
    moment = f"{datetime.fromtimestamp(row.epoch_s, UTC):%H:%M:%S}"
    source = f"{SOURCE_PREFIX}{row.ses_message_id}"
    subject = row.subject.strip() or "(no subject)"
    return (
        f"<tr><td>{moment}</td>"
        f'<td><a href="{escape(source)}">{escape(subject)}</a></td>'
        f"<td>{escape(row.sender)}</td><td>{escape(', '.join(row.recipients))}</td>"
        f"<td>{escape(row.outcome)}</td></tr>"
    )
