"""Looking at a mail costs little, whatever a stranger has written: 1 MB each."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import pytest

from seacucumber.admin.preview.mime import read
from seacucumber.admin.preview.safe_html import TooMuch, inert

T = TypeVar("T")

MEGABYTE = 1_000_000
#: What the promise is; a second of CPU, not of the clock.
CPU_MAX_S = 1.0
MEMORY_MAX_KB = 200_000

PAGES = {
    "attributes": "<p " + " ".join(f"a{n}" for n in range(150_000)) + ">x",
    "quoted attributes": "<p " + "".join(f'a{n}=">"' for n in range(90_000)) + ">x",
    "50,000 nested": "<div>" * 50_000,
    "9,999 nested": "<div>" * 9_999,
    "2,000 nested, and again": ("<div>" * 2_000 + "</div>" * 2_000) * 2,
    "unclosed tags": "<a " * 250_000,
    "formatting opened again": "<p>"
    + "".join(f"<b id={n}>" for n in range(5_000))
    + "<p>x" * 4_900,
    "long formatting": "<p>"
    + "".join(f"<b style='{'x' * 20_000}{n}'>" for n in range(40))
    + "<p>x" * 4_900,
    "formatting in cells": "<b><table><td></b>" * 2_499,
    "url(": "<style>" + "url(" * 240_000,
    "images in css": "<style>" + "url(cid:x)" * 90_000,
    "imports": "<style>" + "@import " * 120_000,
    "escapes": "<style>" + "\\75" * 330_000,
    "attribute css": "<p style='" + "url(" * 240_000 + "'>x",
    "open comments": "<!--" * 9_999 + "x" * 900_000,
    "closed comments": "<!----!>" * 9_999,
    "<![foo[": "<![foo[" * 9_999 + "x" * 900_000,
    "references": "&amp" * 250_000,
    "ampersands": "&" * MEGABYTE,
    "less than": "<" * MEGABYTE,
    "tables": "<table>" * 9_999,
    "cells": "<table><tr><td>" * 3_333,
    "foster parents": "<table>" + "x<p>" * 9_000,
    "styles": "<style>" * 9_999,
    "images": "<img src=cid:x>" * 9_999,
    "quotes": "<a b='" * 9_999 + "x" * 900_000,
    "bare values": "<a b=" * 9_999 + "x" * 900_000,
    "slashes": "<a/" + "/" * 990_000,
    "lists": "<ul><li>" * 4_999,
    "links in links": "<a href=x>" * 9_999,
    "a data image": "<img src='data:image/png;base64," + "A" * 900_000 + "'>",
    "one word": "x" * MEGABYTE,
}
MULTIPART = b"Content-Type: multipart/mixed; boundary=%s\r\n\r\n"
MAILS = {
    "nested": b"".join(MULTIPART % b"b%d" % n + b"--b%d\r\n" % n for n in range(9_000)),
    "nested, with lines": b"".join(
        MULTIPART % b"b%d" % n + b"--b%d\r\n" % n for n in range(90)
    )
    + b"\r\n" * 490_000,
    "parts": MULTIPART % b"x" + b"--x\r\n\r\n" * 100_000,
    "headers": b"a:b\r\n" * 200_000,
    "a folded header": b"Subject: a\r\n" + b" b\r\n" * 200_000,
    "parameters": b"Content-Type: text/html" + b"; a=b" * 190_000,
    "encoded words": b"Subject: " + b"=?utf-8?q?a?= " * 70_000 + b"\r\n\r\n",
    "continuations": b"Content-Disposition: attachment"
    + b"".join(b"; filename*%d=a" % n for n in range(50_000)),
    "lines": MULTIPART % b"x" + b"--x\r\n\r\n" + b"\r\n" * 490_000,
    "messages": b"Content-Type: message/rfc822\r\n\r\n" * 27_000,
    "quoted-printable": b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    + b"=" * 990_000,
    "base64": b"Content-Transfer-Encoding: base64\r\n\r\n" + b"=" * 990_000,
    "uuencode": b"Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 6 x\r\n"
    + b"M\r\n" * 300_000,
    "no boundary": MULTIPART % b"x" + b"-" * 990_000,
    "blanks": MULTIPART % b"x" + b"--x" + b" " * 990_000,
    "nothing": b"\0" * MEGABYTE,
}


@contextmanager
def untraced() -> Iterator[None]:
    """Without coverage, which would take the larger part of the time for itself."""
    tracer = sys.gettrace()
    sys.settrace(None)
    try:
        yield
    finally:
        sys.settrace(tracer)


def cost(look: Callable[[T], object], argument: T) -> tuple[float, int]:
    """Return CPU seconds, and kilobytes that this process grew at its largest."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with untraced():
        begun_s = time.process_time()
        look(argument)
        took_s = time.process_time() - begun_s
    return took_s, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before


def page_of(source: str) -> str:
    try:
        return inert(source, lambda cid: "/admin/seacucumber/message/1/" * 5)
    except TooMuch:
        return ""


@pytest.mark.parametrize("name", PAGES)
def test_a_page_costs_less_than_a_second(name: str) -> None:
    took_s, grown_kb = cost(page_of, PAGES[name][:MEGABYTE])
    assert took_s < CPU_MAX_S
    assert grown_kb < MEMORY_MAX_KB


@pytest.mark.parametrize("name", MAILS)
def test_a_mail_is_taken_apart_in_less_than_a_second(name: str) -> None:
    took_s, grown_kb = cost(read, MAILS[name][:MEGABYTE])
    assert took_s < CPU_MAX_S
    assert grown_kb < MEMORY_MAX_KB


def test_pages_as_people_write_them_are_within_the_budget() -> None:
    row = (
        '<tr><td style="padding:4px" align=left><a href="https://shop.example/?a=1">'
        "<font face=Arial color=red><b>Tide</b> &amp; <i>table</i></font></a></td></tr>"
    )
    page = f"<font face=Arial><center><table>{row * 600}</table></center>"
    assert inert(page, lambda cid: "").count("<td") == 600
