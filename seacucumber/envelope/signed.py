"""Signed and encrypted parts: octet for octet as they are, or not at all.

A signature covers octets, header lines and trailing blanks included (RFC 1847 2.1, RFC
8551 3.1.3, RFC 6376 3.4), and so nothing walks into such a part: the multipart that
holds it gets its body as one text. What is not fit to go out cannot be made so, and is
refused before it is queued.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.generator import BytesGenerator
from email.message import Message
from io import BytesIO
from typing import Any, NoReturn, cast

from seacucumber.envelope.boundaries import end_of_head, part_spans
from seacucumber.envelope.octets import LINE_OCTETS_MAX, is_clean, with_line_ends
from seacucumber.envelope.readback import check_readback
from seacucumber.exceptions import InvalidMessage

_CONTAINERS = frozenset({"multipart/signed", "multipart/encrypted"})
_MESSAGE = "message/rfc822"
_SIGNS = re.compile(
    rb"^(?:(?:x-google-)?dkim-signature|arc-message-signature|arc-seal"
    rb"|domainkey-signature):"
    rb"|multipart/(?:signed|encrypted)|application/(?:x-)?pkcs7-mime",
    re.IGNORECASE | re.MULTILINE,
)


def is_signed(octets: bytes) -> bool:
    """Tell whether a message has a signature, or a part that is signed or encrypted."""
    return _SIGNS.search(octets) is not None


def keep_built(tree: Message, field: str) -> None:
    """Freeze the signed parts of a tree that is ours to change, as Python writes them.

    Python's generator folds no header inside of ``multipart/signed``.

    Raises:
        InvalidMessage: for a part that is not fit to go out, and for one that Python
            writes in two ways, so that nobody knows which one was signed.
    """
    for part in _outermost(tree):
        if part.get_content_type() == _MESSAGE:
            inner = cast("list[Message]", part.get_payload())[0]
            keep_built(inner, field)
            octets = written_unfolded(inner)
            if is_signed(octets):
                _keep(part, octets, field)
            continue
        raw = written_unfolded(part)
        check_readback(raw, part)
        if part.get_content_type() == "multipart/signed":
            _check_form(part, raw, field)
        _keep(part, raw[end_of_head(raw, 0, len(raw)) + 2 :], field)


def keep_parsed(tree: Message, raw: bytes, field: str) -> None:
    """Give the signed parts and attached messages of a tree the octets it came from.

    Args:
        tree: Parsed from ``raw``; changed in place.
        raw: With CRLF only, but for what is refused.

    Raises:
        InvalidMessage: for a signed part that is not fit to go out.
    """
    todo = [(tree, 0, len(raw))]
    while todo:
        part, start, end = todo.pop()
        if not part.is_multipart():
            continue
        payload = cast("list[Message]", part.get_payload())
        begin = min(end_of_head(raw, start, end) + 2, end)
        if part.get_content_type() == _MESSAGE:
            octets = raw[begin:end]
            if is_clean(octets) or is_signed(octets):
                _keep(part, octets, field)
            else:
                todo.append((payload[0], begin, end))
        elif part.get_content_maintype() == "multipart":
            spans = _spans(part, raw, start, end, field)
            if part.get_content_type() in _CONTAINERS:
                _keep(part, raw[begin:end], field)
            else:
                todo += [
                    (inner, *span) for inner, span in zip(payload, spans, strict=False)
                ]


def is_kept(part: Message) -> bool:
    """Tell whether a part is one that holds others, which nothing walks into."""
    if part.is_multipart():
        return False
    kind = part.get_content_type()
    return kind == _MESSAGE or kind.startswith("multipart/")


def written_unfolded(tree: Message) -> bytes:
    """Return what Python writes of a tree inside of ``multipart/signed``."""
    return _written(tree, max_line_length=0)


def _outermost(tree: Message) -> Iterator[Message]:
    """Return containers and attached messages that are in no other one."""
    todo = [tree]
    while todo:
        part = todo.pop()
        if not part.is_multipart():
            continue
        if part.get_content_type() in _CONTAINERS | {_MESSAGE}:
            yield part
        else:
            todo += cast("list[Message]", part.get_payload())


def _spans(
    part: Message, raw: bytes, start: int, end: int, field: str
) -> list[tuple[int, int]]:
    """Return where the parts begin and end, none if Python has found others."""
    spans = part_spans(raw, start, end)
    if len(spans) == len(part.get_payload()):
        return spans
    if is_signed(raw[start:end]):
        _refuse(
            field, part.get_content_type(), "has boundaries that cannot be told apart"
        )
    return []


def _check_form(container: Message, raw: bytes, field: str) -> None:
    """Refuse a signed part that Python writes in another way where it stands alone.

    It does so with long lines in headers. Programs sign what it writes of the part
    alone; then it folds at 78. Headers that were parsed by a policy of today are
    known to stay as they were.
    """
    (start, end), *_ = part_spans(raw, 0, len(raw))
    part = cast("list[Message]", container.get_payload())[0]
    options = {"refold_source": "none"} if hasattr(part.policy, "refold_source") else {}
    if _written(part, **options).rstrip(b"\r\n") != raw[start:end].rstrip(b"\r\n"):
        _refuse(
            field,
            part.get_content_type(),
            "has a header line over 78 characters, which Python folds in one place and"
            " leaves in another. Fold it before it is signed, or parse the signed"
            " message with email.policy.SMTP",
        )


def _keep(part: Message, octets: bytes, field: str) -> None:
    unfit = _unfit_type(part)
    if unfit or not is_clean(octets):
        _refuse(
            field,
            unfit or part.get_content_type(),
            f"is not 7-bit with CRLF and lines of at most {LINE_OCTETS_MAX} octets."
            " Encode it before it is signed",
        )
    part.set_payload(octets.decode("ascii"))


def _unfit_type(tree: Message) -> str | None:
    """Return the type of the first part that is not fit to go out, if there is one.

    Asked of the tree and not of what is written of it: Python makes CRLF of a lone CR.
    """
    for part in tree.walk():
        outside = part is tree  # its own headers, which no signature covers
        texts = [] if outside else [str(value) for _, value in part.raw_items()]
        payload = part.get_payload()
        if isinstance(payload, str):
            texts.append(payload)
        octets = "\n".join(texts).encode("utf-8", "surrogateescape")
        if not is_clean(with_line_ends(octets)):
            return part.get_content_type()
    return None


def _refuse(field: str, kind: str, problem: str) -> NoReturn:
    verb = "have" if field == "attachments" else "has"
    raise InvalidMessage(
        field,
        f"{verb} a signed part or one inside of it ({kind}) that {problem}: changing it"
        " now would break its signature (RFC 1847 2.1).",
    )


def _written(tree: Message, **options: Any) -> bytes:
    target = BytesIO()
    policy = tree.policy.clone(cte_type="8bit", **options)
    writer = BytesGenerator(target, mangle_from_=False, policy=policy)
    writer.flatten(tree, linesep="\r\n")
    return target.getvalue()
