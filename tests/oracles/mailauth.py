"""mailauth, asked about many messages at once."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_HERE = Path(__file__).resolve().parent
MODULE = (
    _HERE.parents[1]
    / ".verifiers"
    / "node_modules"
    / "mailauth"
    / "lib"
    / "dkim"
    / "verify.js"
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said of one signature. The algorithm is the tag ``a=``.

    The author is the address in From, as mailauth reads it.
    """

    author: str
    domain: str
    selector: str
    algorithm: str
    canonicalization: str
    result: str
    note: str


def verdicts(
    messages: Sequence[bytes], records: Mapping[str, str]
) -> list[list[Verdict]]:
    """Return what mailauth says of each signature of each message.

    Args:
        records: The TXT records that there are, by absolute name without a dot.
    """
    question = {
        "records": dict(records),
        "messages": [base64.b64encode(raw).decode("ascii") for raw in messages],
    }
    answer = subprocess.run(
        ["node", str(_HERE / "verify.js"), str(MODULE)],
        input=json.dumps(question),
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    return [[Verdict(**one) for one in each] for each in json.loads(answer.stdout)]
