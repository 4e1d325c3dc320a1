"""Folding of header values that are ASCII already, without parsing them again.

Lines break at blanks outside of quoted strings only, so that unfolding (RFC 5322
2.2.3) gives back exactly what was there. Python's own refolding parses the value,
which costs more than all the rest of a small mail, can drop the quotes around a
display name, and turns a long URL into encoded-words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from seacucumber.envelope.free_text import LINE_MAX

CRLF = "\r\n"

_QUOTED = r'"(?:[^"\\]|\\.)*"'
_MAILBOX = re.compile(rf'(?:{_QUOTED}|[^",]|")+,?|,')
_WORD = re.compile(rf'(?:{_QUOTED}|[^" ]|")+')
_PARAMETERS = re.compile(
    r'([a-z0-9.+-]+(?:/[a-z0-9.+_-]+)?)((?:; [a-z0-9-]+="[ !#-\[\]-~]*")*)',
    re.IGNORECASE,
)
_PARAMETER = re.compile(r'; ([a-z0-9-]+="[^"]*")', re.IGNORECASE)
_ANY_PARAMETER = re.compile(
    r"[ \t]*;[ \t]*([A-Za-z0-9!#$&+.^_`{|}~*-]+)[ \t]*=[ \t]*"
    r'("(?:[^"\\]|\\.)*"|[^\s;"]+)'
)
_ANY_PARAMETERS = re.compile(f"(?:{_ANY_PARAMETER.pattern})*")
_OCTET = re.compile(r"^[^']*'[^']*'|%[0-9A-Fa-f]{2}|.")
_QUOTED_PAIR = re.compile(r"\\(.)")
_NEEDS_ESCAPE = re.compile(r'(["\\])')
_SINGLE_BLANK = re.compile(r"(?<=[^ \t]) (?=[^ \t])")
# RFC 5322 2.1.1
_LINE_OCTETS_MAX = 998
# RFC 2231 7: attribute-char
_ATTRIBUTE_CHARS = frozenset(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$&+-.^_`{|}~"
)
# Their syntax is ASCII tokens, and many readers know no other.
_NEVER_EXTENDED = frozenset({"boundary", "charset"})


def fold_mailboxes(name: str, value: str, line_max: int) -> str:
    """Fold after the commas; inside a mailbox only where one is long."""
    if "=?" in value:
        line_max = min(line_max, LINE_MAX)
    lines = [f"{name}:"]
    for mailbox in map(str.strip, _MAILBOX.findall(value)):
        fits = len(mailbox) < line_max
        _append(lines, [mailbox] if fits else _WORD.findall(mailbox), line_max)
    return CRLF.join(lines) + CRLF


def fold_at_blanks(name: str, value: str, line_max: int) -> str:
    """Fold at single blanks; a word that is too long for a line stays whole."""
    if "=?" in value:
        line_max = min(line_max, LINE_MAX)
    lines = [f"{name}:"]
    for word in _SINGLE_BLANK.split(value):
        room = line_max
        if len(lines) == 1 and " " not in lines[0] and not word.startswith("=?"):
            room = _LINE_OCTETS_MAX
        if len(lines[-1]) + 1 + len(word) <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(f" {word}")
    return CRLF.join(lines) + CRLF


def fold_parameters(name: str, value: str, line_max: int) -> str | None:
    """Fold ``type/subtype; name=value``, or return None where it is no such thing.

    A value that is not ASCII, looks like an encoded-word or is too long is written
    as RFC 2231 has it; one that is written so already stays.
    """
    match = _PARAMETERS.fullmatch(value)
    if match is not None and "=?" not in value:
        parameters = _PARAMETER.findall(match[2])
        if all(len(parameter) + 2 <= line_max for parameter in parameters):
            return _joined(f"{name}: {match[1]}", parameters, line_max)
    main, _, rest = value.partition(";")
    rest = f";{rest}".rstrip(" \t;")
    if not main.isascii() or _ANY_PARAMETERS.fullmatch(rest) is None:
        return None
    written = [
        piece
        for parameter, quoted in _ANY_PARAMETER.findall(rest)
        for piece in _pieces(parameter, quoted, line_max)
    ]
    return _joined(f"{name}: {main.strip()}", written, line_max)


def quoted_string(text: str) -> str:
    """Return a text as a quoted-string (RFC 5322 3.2.4)."""
    return '"' + _NEEDS_ESCAPE.sub(r"\\\1", text) + '"'


def _joined(line: str, parameters: Iterable[str], line_max: int) -> str:
    lines = [line]
    for parameter in parameters:
        lines[-1] += ";"
        if len(lines[-1]) + len(parameter) + 2 <= line_max:
            lines[-1] += f" {parameter}"
        else:
            lines.append(f" {parameter}")
    return CRLF.join(lines) + CRLF


def _pieces(name: str, value: str, line_max: int) -> list[str]:
    """Return a parameter as one ``name="value"``, or as several (RFC 2231 3, 4)."""
    whole = f"{name}={value}"
    if "*" in name:
        # Extended already: not decoded, only cut between two octets.
        if len(whole) + 2 <= line_max or not name.endswith("*") or name.count("*") > 1:
            return [whole]
        return _extended(name[:-1], _OCTET.findall(value.strip('"')), line_max)
    text = value
    if value.startswith('"'):
        text = _QUOTED_PAIR.sub(r"\1", value[1:-1])
    written = f"{name}={quoted_string(text)}"
    if name.lower() in _NEVER_EXTENDED:
        return [written]
    if text.isascii() and "=?" not in text and len(written) + 2 <= line_max:
        return [written]
    octets = [
        chr(octet) if octet in _ATTRIBUTE_CHARS else f"%{octet:02X}"
        for octet in text.encode()
    ]
    return _extended(name, ["utf-8''", *octets], line_max)


def _extended(name: str, units: list[str], line_max: int) -> list[str]:
    if len(name) + 2 + sum(map(len, units)) + 2 <= line_max:
        return [f"{name}*={''.join(units)}"]
    pieces, start = [f"{name}*0*="], len(name) + 6
    for unit in units:
        if len(pieces[-1]) + len(unit) + 2 > line_max and len(pieces[-1]) > start:
            pieces.append(f"{name}*{len(pieces)}*=")
        pieces[-1] += unit
    return pieces


def _append(lines: list[str], words: Iterable[str], line_max: int) -> None:
    for word in words:
        only_name = len(lines) == 1 and " " not in lines[0]
        if (only_name and not word.startswith("=?")) or len(lines[-1]) + 1 + len(
            word
        ) <= line_max:
            lines[-1] += f" {word}"
        else:
            lines.append(f" {word}")
