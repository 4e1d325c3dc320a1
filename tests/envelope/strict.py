"""A strict reader of frozen messages, which shares no code with what writes them.

Each rule has its source: RFC 5322 (messages), 2045 and 2046 (MIME), 2047
(encoded-words), 2231 (parameters), 6532 (UTF-8 in headers, which SES does not take).
"""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import Iterator

_FIELD = re.compile(rb"([!-9;-~]{1,76}):(?: |$)")
_ENCODED_WORD = re.compile(
    rb"=\?([!#$%&'*+0-9A-Z^_`a-z{|}~-]+)\?([BbQq])\?([!->@-~]+)\?="
)
# RFC 2045 5.1: token; RFC 2231 7: attribute-char, and sections without leading zeros.
_TOKEN = rb"[!#$%&'*+.0-9A-Z^_`a-z{|}~-]+"
_PARAMETER = re.compile(
    rb';[ \t]*(%s)=(%s|"(?:[^"\\\x80-\xff]|\\[\x00-\x7f])*")[ \t]*' % (_TOKEN, _TOKEN)
)
_SECTION = re.compile(rb"([^*'%]+)(?:\*(0|[1-9][0-9]*))?(\*)?")
_EXTENDED = re.compile(rb"(?:[!#$&+.0-9A-Z^_`a-z{|}~-]|%[0-9A-Fa-f]{2})*")
_HEXADECIMAL = re.compile(rb"[%=]([0-9A-Fa-f]{2})")
_BOUNDARY = re.compile(rb';\s*boundary="?([^";\s]+)"?', re.IGNORECASE)
_QP = re.compile(rb"(?:[ -<>-~\t]|=[0-9A-F]{2})*=?")
_BASE64 = re.compile(rb"[A-Za-z0-9+/]*={0,2}")
_WITH_PARAMETERS = (b"content-type", b"content-disposition")
_ONCE = (
    *(b"from", b"sender", b"reply-to", b"to", b"cc", b"subject", b"date"),
    *(b"message-id", b"in-reply-to", b"references", b"mime-version"),
    *(b"content-type", b"content-transfer-encoding", b"content-disposition"),
)
_NEEDED = (b"from", b"date", b"mime-version")


def findings(raw: bytes) -> list[str]:
    """Return what is wrong with a message, empty for nothing."""
    return [*_lines(raw), *_entity(raw, is_message=True)]


def names(raw: bytes) -> list[str]:
    """Return the names of a message's own headers, in lower case."""
    head, _ = _split(raw)
    return [name.decode().lower() for name, _ in _fields(head) if name]


def value_of(raw: bytes, name: str) -> str:
    """Return the value of a message's first header of a name, unfolded."""
    head, _ = _split(raw)
    found = (
        lines for each, lines in _fields(head) if each.decode().lower() == name.lower()
    )
    line = b"".join(next(found, [b""]))
    return line.decode("ascii").partition(":")[2].strip(" \t")


def shown(value: str) -> str:
    """Return what a reader is shown of a header's text (RFC 2047 6.2).

    It is the text itself where something looks like an encoded-word and is none.
    """
    texts: list[tuple[str, str | None]] = []
    for blank, word in re.findall(r"([ \t]*)([^ \t]+)", value):
        match = _ENCODED_WORD.fullmatch(word.encode()) if word.isascii() else None
        text = _word_text(*match.groups()) if match else None
        if "=?" in word and text is None:
            return value
        between = blank if not (texts and None not in (texts[-1][1], text)) else ""
        texts.append((between + (word if text is None else text), text))
    return "".join(text for text, _ in texts)


def mailbox_name(value: str, address: str) -> str:
    """Return the name that a reader is shown of a header's only mailbox."""
    phrase, mark, rest = value.rpartition(f"<{address}>")
    if not mark:
        assert value == address, value
        return ""
    assert rest == "", value
    phrase = phrase.strip(" \t")
    if phrase.startswith('"'):  # RFC 2047 5: no encoded-word is in quotes
        return re.sub(r"\\(.)", r"\1", phrase[1:-1])
    return shown(phrase)


def _lines(raw: bytes) -> Iterator[str]:
    if not raw.isascii() or b"\0" in raw:
        yield "RFC 5322 2.3: octets that are not 7-bit"
    if re.search(rb"(?<!\r)\n|\r(?!\n)", raw):
        yield "RFC 5322 2.3: CR and LF stand together"
    if not raw.endswith(b"\r\n"):
        yield "RFC 5322 2.1: the last line does not end"
    if any(len(line) > 998 for line in raw.split(b"\r\n")):
        yield "RFC 5322 2.1.1: a line of more than 998"


def _split(entity: bytes) -> tuple[bytes, bytes]:
    if entity.startswith(b"\r\n"):
        return b"", entity[2:]
    head, _, body = entity.partition(b"\r\n\r\n")
    return head.removesuffix(b"\r\n"), body


def _fields(head: bytes) -> list[tuple[bytes, list[bytes]]]:
    fields: list[tuple[bytes, list[bytes]]] = []
    for line in head.split(b"\r\n") if head else ():
        match = _FIELD.match(line)
        if line[:1] in (b" ", b"\t") and fields:
            fields[-1][1].append(line)
        else:
            fields.append((match[1] if match else b"", [line]))
    return fields


def _entity(entity: bytes, *, is_message: bool = False) -> Iterator[str]:
    head, body = _split(entity)
    fields = _fields(head)
    values = {name.lower(): b"".join(lines) for name, lines in fields}
    yield from _counts(Counter(name.lower() for name, _ in fields), is_message)
    for name, lines in fields:
        yield from _field(name, lines)
    kind = values.get(b"content-type", b":text/plain").partition(b":")[2].strip()
    encoding = values.get(b"content-transfer-encoding", b":7bit").partition(b":")[2]
    encoding = encoding.strip().lower()
    if kind.lower().startswith((b"multipart/", b"message/")) and encoding != b"7bit":
        yield "RFC 2045 6.4: a composite type is not 7bit"
    if kind.lower().startswith(b"multipart/"):
        yield from _multipart(kind, body)
    else:
        yield from _body(encoding, body)


def _counts(count: Counter[bytes], is_message: bool) -> Iterator[str]:
    for name in _ONCE:
        if count[name] > 1:
            yield f"RFC 5322 3.6: {name.decode()} is there {count[name]} times"
    for name in _NEEDED if is_message else ():
        if not count[name]:
            yield f"RFC 5322 3.6, RFC 2045 4: {name.decode()} is missing"


def _field(name: bytes, lines: list[bytes]) -> Iterator[str]:
    if not name:
        yield f"RFC 5322 2.2: no header: {lines[0][:60]!r}"
    for line in lines:
        if re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", line):
            yield f"RFC 5322 2.2: a control character in {name!r}"
        if line[:1] in (b" ", b"\t") and not line.strip():
            yield f"RFC 5322 3.2.2: a folded line of blanks only in {name!r}"
        if name.lower() not in _WITH_PARAMETERS:
            yield from _words(name, line)
        elif b"=?" in line:
            yield f"RFC 2047 5: an encoded-word in a parameter of {name!r}"
    value = b"".join(lines)
    yield from _utf8(name, value)
    if name.lower() in _WITH_PARAMETERS:
        yield from _parameters(name, value.partition(b";")[1:])


def _utf8(name: bytes, value: bytes) -> Iterator[str]:
    if not value.isascii():
        yield f"RFC 6532 3.2: {name!r} needs SMTPUTF8"
        if _text(value, "utf-8") is None:
            yield f"RFC 6532 3.1: {name!r} is no UTF-8"


def _parameters(name: bytes, value: tuple[bytes, ...]) -> Iterator[str]:
    rest = b"".join(value)
    found = _PARAMETER.findall(rest)
    if _PARAMETER.sub(b"", rest):
        yield f"RFC 2045 5.1: {rest[:80]!r} in {name!r}"
    count = Counter(each.lower() for each, _ in found)
    if max(count.values(), default=1) > 1:
        yield f"RFC 2045 5: a parameter of {name!r} is there twice"
    pieces: dict[bytes, dict[int, tuple[bool, bytes]]] = {}
    for each, text in found:
        section = _SECTION.fullmatch(each)
        if section is None:
            yield f"RFC 2231 7: the parameter {each!r}"
            continue
        number = int(section[2] or 0)
        own = pieces.setdefault(section[1].lower(), {})
        own[number] = (bool(section[3]), text)
    for each, own in pieces.items():
        yield from _sections(each, own)


def _sections(name: bytes, pieces: dict[int, tuple[bool, bytes]]) -> Iterator[str]:
    if sorted(pieces) != list(range(len(pieces))):
        yield f"RFC 2231 3: sections of {name!r} are missing"
        return
    is_extended, first = pieces[0]
    charset = b"us-ascii"
    if is_extended:
        if first.count(b"'") != 2:
            yield f"RFC 2231 4: no charset and language in {name!r}"
            return
        charset, _, first = first.split(b"'")
        pieces[0] = (True, first)
    for extended, piece in pieces.values():
        if extended and not (is_extended and _EXTENDED.fullmatch(piece)):
            yield f"RFC 2231 4: {piece[:60]!r} in {name!r}"
    read = _text(_octets(pieces), charset.decode() or "us-ascii")
    if read is None:
        yield f"RFC 2231 4: {name!r} is no {charset.decode()}"
    elif re.search(r"[\x00-\x08\x0a-\x1f\x7f]", read):
        yield f"RFC 2045 5.1: a control character in {name!r}"


def _octets(pieces: dict[int, tuple[bool, bytes]]) -> bytes:
    return b"".join(
        _HEXADECIMAL.sub(lambda m: bytes.fromhex(m[1].decode()), piece)
        if extended
        else piece.strip(b'"')
        for _, (extended, piece) in sorted(pieces.items())
    )


def _text(octets: bytes, charset: str) -> str | None:
    try:
        return octets.decode(charset)
    except (LookupError, UnicodeError):
        return None


def _words(name: bytes, line: bytes) -> Iterator[str]:
    value = line if line[:1] in (b" ", b"\t") else line[len(name) + 1 :]
    if b"=?" in value and len(line) > 76:
        yield f"RFC 2047 2: a line of {len(line)} with an encoded-word in {name!r}"
    for word in value.split():
        if b"=?" not in word:
            continue
        if len(word.strip(b",;")) > 75:
            yield f"RFC 2047 2: an encoded-word of {len(word)} in {name!r}"
        match = _ENCODED_WORD.fullmatch(word.removesuffix(b":"))
        if match and _word_text(*match.groups()) is None:
            yield f"RFC 2047 5: {word!r} is no whole number of characters"
        if not match:
            yield f"RFC 2047 2, 5: {word[:80]!r} in {name!r}"


def _word_text(charset: bytes, encoding: bytes, text: bytes) -> str | None:
    if encoding in b"Bb":
        try:
            octets = base64.b64decode(text, validate=True)
        except ValueError:
            return None
    else:
        octets = _HEXADECIMAL.sub(
            lambda m: bytes.fromhex(m[1].decode()) if m[0][:1] == b"=" else m[0],
            text.replace(b"_", b" "),
        )
    return _text(octets, charset.partition(b"*")[0].decode())


def _multipart(kind: bytes, body: bytes) -> Iterator[str]:
    match = _BOUNDARY.search(kind)
    if match is None or len(match[1]) > 70:
        yield "RFC 2046 5.1.1: no boundary, or a longer one than 70"
        return
    mark = b"\r\n--" + match[1]
    _, *parts = (b"\r\n" + body).split(mark)
    if not parts or not parts[-1].startswith(b"--"):
        yield "RFC 2046 5.1.1: the last boundary is missing"
    for part in parts[:-1]:
        if not part.startswith(b"\r\n"):
            yield "RFC 2046 5.1.1: a boundary does not end its line"
        yield from _entity(part[2:])


def _body(encoding: bytes, body: bytes) -> Iterator[str]:
    lines = body.split(b"\r\n")
    if encoding in (b"quoted-printable", b"base64"):
        if any(len(line) > 76 for line in lines):
            yield f"RFC 2045 6.7, 6.8: a line of {encoding.decode()} over 76"
        syntax = _QP if encoding == b"quoted-printable" else _BASE64
        if not all(syntax.fullmatch(line) for line in lines):
            yield f"RFC 2045 6.7, 6.8: no {encoding.decode()}"
    elif encoding not in (b"7bit", b"8bit", b"binary"):
        yield f"RFC 2045 6.1: the encoding {encoding.decode()!r}"
