"""postal-mime, asked what a reader is shown of many messages at once."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_HERE = Path(__file__).resolve().parent
MODULE = (
    _HERE.parents[1]
    / ".verifiers"
    / "node_modules"
    / "postal-mime"
    / "dist"
    / "postal-mime.cjs"
)


@dataclass(frozen=True, slots=True)
class Named:
    """A mailbox as it is shown."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class File:
    """An attachment as it is saved."""

    filename: str | None
    mimetype: str
    octets: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What is shown of a message. Headers are by lower-case name."""

    subject: str
    sender: list[Named]
    to: list[Named]
    cc: list[Named]
    reply_to: list[Named]
    text: str
    html: str
    headers: dict[str, list[str]]
    attachments: list[File]


def readings(messages: Sequence[bytes]) -> list[Reading]:
    """Return what postal-mime makes of each message."""
    question = {"messages": [base64.b64encode(raw).decode() for raw in messages]}
    answer = subprocess.run(
        ["node", str(_HERE / "read.js"), str(MODULE)],
        input=json.dumps(question),
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    return [
        Reading(
            subject=each["subject"],
            sender=[Named(**one) for one in each["sender"]],
            to=[Named(**one) for one in each["to"]],
            cc=[Named(**one) for one in each["cc"]],
            reply_to=[Named(**one) for one in each["reply_to"]],
            text=each["text"],
            html=each["html"],
            headers=each["headers"],
            attachments=[
                File(one["filename"], one["mimetype"], base64.b64decode(one["content"]))
                for one in each["attachments"]
            ],
        )
        for each in json.loads(answer.stdout)
    ]
