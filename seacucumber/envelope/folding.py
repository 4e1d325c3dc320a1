"""Folding of header values that are ASCII already, without parsing them again.

Lines break at blanks outside of quoted strings only, so that unfolding (RFC 5322
2.2.3) gives back exactly what was there. Python's own refolding parses the value,
which costs more than all the rest of a small mail, can drop the quotes around a
display name, and turns a long URL into encoded-words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

CRLF = "\r\n"

_QUOTED = r'"(?:[^"\\]|\\.)*"'
_MAILBOX = re.compile(rf'(?:{_QUOTED}|[^",]|")+,?|,')
_WORD = re.compile(rf'(?:{_QUOTED}|[^" ]|")+')
_PARAMETERS = re.compile(
    r'([a-z0-9.+-]+(?:/[a-z0-9.+_-]+)?)((?:; [a-z0-9-]+="[ !#-\[\]-~]*")*)',
    re.IGNORECASE,
)
_PARAMETER = re.compile(r'; ([a-z0-9-]+="[^"]*")', re.IGNORECASE)


def fold_mailboxes(name: str, value: str, line_max: int) -> str:
    """Fold after the commas; inside a mailbox only where one is long."""
    lines = [f"{name}:"]
    for mailbox in map(str.strip, _MAILBOX.findall(value)):
        fits = len(mailbox) < line_max
        _append(lines, [mailbox] if fits else _WORD.findall(mailbox), line_max)
    return CRLF.join(lines) + CRLF


def fold_at_blanks(name: str, value: str, line_max: int) -> str:
    """Fold at blanks; a word that is too long for a line stays whole."""
    lines = [f"{name}:"]
    _append(lines, _WORD.findall(value), line_max)
    return CRLF.join(lines) + CRLF


def fold_parameters(name: str, value: str, line_max: int) -> str | None:
    """Fold ``type/subtype; name="value"``; None where RFC 2231 may be needed."""
    match = _PARAMETERS.fullmatch(value)
    if match is None or "=?" in value:
        return None
    lines = [f"{name}: {match[1]}"]
    for parameter in _PARAMETER.findall(match[2]):
        lines[-1] += ";"
        if len(lines[-1]) + len(parameter) + 1 < line_max:
            lines[-1] += f" {parameter}"
        elif len(parameter) + 2 <= line_max:
            lines.append(f" {parameter}")
        else:
            return None
    return CRLF.join(lines) + CRLF


def _append(lines: list[str], words: Iterable[str], line_max: int) -> None:
    for word in words:
        only_name = len(lines) == 1 and " " not in lines[0]
        if only_name or len(lines[-1]) + 1 + len(word) <= line_max:
            lines[-1] += f" {word}"
        else:
            lines.append(f" {word}")
