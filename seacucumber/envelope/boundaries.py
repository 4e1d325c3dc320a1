"""Where the parts of written MIME begin and end (RFC 5322 2.1, RFC 2046 5.1.1)."""

from __future__ import annotations

import re

_BOUNDARY = re.compile(rb';\s*boundary=(?:"([^"]*)"|([^\s;"]+))', re.IGNORECASE)


def end_of_head(raw: bytes, start: int, end: int) -> int:
    """Return where the blank line begins that ends the headers of an entity."""
    if raw.startswith(b"\r\n", start):
        return start
    found = raw.find(b"\r\n\r\n", start, end)
    return end if found < 0 else found + 2


def part_spans(raw: bytes, start: int, end: int) -> list[tuple[int, int]]:
    """Return where the parts of a multipart entity begin and end."""
    blank = end_of_head(raw, start, end)
    match = _BOUNDARY.search(raw, start, blank)
    if match is None:
        return []
    mark = b"\r\n--" + (match[1] or match[2])
    spans, begin, at = [], -1, raw.find(mark, blank, end)
    while at >= 0:
        after = at + len(mark)
        closes = raw.startswith(b"--", after)
        line = raw[after : after + 100].split(b"\r\n", 1)[0]
        if not line[2 if closes else 0 :].strip(b" \t"):
            if begin >= 0:
                spans.append((begin, at))
            if closes:
                return spans
            begin = min(after + len(line) + 2, end)
        at = raw.find(mark, after, end)
    return [*spans, (begin, end)] if begin >= 0 else spans
