"""Octets that may go out: SMTP's rules, which hold for all that is frozen.

Lines end with CRLF and have at most 998 octets before it (RFC 5321 4.5.3.1.6), text is
7-bit without NUL (RFC 5322 2.3), which also keeps relays, and SES's tracking, from
converting it under a signature (RFC 6376 5.3).
"""

from __future__ import annotations

import re

LINE_OCTETS_MAX = 998

_BARE_LF = re.compile(rb"(?<!\r)\n")


def is_clean(raw: bytes) -> bool:
    """Tell whether bytes are 7-bit, CRLF only, without NUL and overlong lines."""
    if not raw.isascii() or b"\0" in raw:
        return False
    ends = raw.count(b"\r\n")
    if raw.count(b"\n") != ends or raw.count(b"\r") != ends:
        return False
    return max(map(len, raw.split(b"\r\n"))) <= LINE_OCTETS_MAX


def with_line_ends(octets: bytes) -> bytes:
    """Return bytes from a file or a database with CRLF for each LF.

    That is the canonical form which signatures cover (RFC 8551 3.1.1, RFC 6376 5.3). A
    lone CR is no line end; it stays, and `is_clean` finds it.
    """
    return _BARE_LF.sub(b"\r\n", octets)


def with_final_line_end(raw: bytes) -> bytes:
    """Return bytes that end with CRLF: without it, a relay would add it later."""
    return raw if raw.endswith(b"\r\n") else raw + b"\r\n"
