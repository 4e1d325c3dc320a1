"""The page for people."""

from __future__ import annotations

import base64
import hashlib
import http.client
import re
from html.parser import HTMLParser
from typing import Any

from seacucumber.testing import LocalSES
from tests.testing.mail import call, mime

NASTY = "<script>alert(1)</script>\"'&"


def get(
    ses: LocalSES, path: str, **headers: str
) -> tuple[int, http.client.HTTPMessage, str]:
    """Return status, headers and text of a page."""
    connection = http.client.HTTPConnection(ses.url.removeprefix("http://"))
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        connection.close()


class Elements(HTMLParser):
    """Collects the elements and the text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(
        self, tag: str, attributes: list[tuple[str, str | None]]
    ) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attributes if name == "href"]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_empty_page_says_so(ses: LocalSES) -> None:
    status, _, text = get(ses, "/")

    assert status == 200
    assert "No message has been accepted yet." in text


def test_message_is_listed_with_a_link_to_its_source(ses: LocalSES, v2: Any) -> None:
    raw = mime().replace(b"Subject: Hello", f"Subject: {NASTY}".encode())
    v2.send_email(**call(raw=raw, to=["bounce@simulator.amazonses.com"]))

    _, headers, text = get(ses, "/")
    page = Elements(text)
    status, source_headers, source = get(ses, page.links[0])

    assert "script" not in page.tags
    assert NASTY in page.text
    assert "bounce@simulator.amazonses.com" in page.text
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert status == 200
    assert source_headers["Content-Type"] == "text/plain; charset=utf-8"
    assert source_headers["X-Content-Type-Options"] == "nosniff"
    assert source.encode() == raw


def test_page_may_load_nothing_but_its_own_style(ses: LocalSES) -> None:
    _, headers, text = get(ses, "/")

    policy = headers["Content-Security-Policy"]
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


def test_unknown_message_has_no_source(ses: LocalSES) -> None:
    assert get(ses, "/_local/messages/none")[0] == 404


def test_page_is_not_shown_under_a_foreign_name(ses: LocalSES) -> None:
    assert get(ses, "/", Host="evil.example")[0] == 403
