"""Messages with text in them that nobody expects, the same ones in each run."""

from __future__ import annotations

import random
from collections.abc import Iterator

from django.core.mail import EmailMultiAlternatives

from tests.envelope import message

ODD = (
    *("=?utf-8?q?a=0D=0AX-Forged:_y?=", "=?utf-8?b?DQpYLUZvcmdlZDogeQ==?=", "=?", "?="),
    *(
        "=?utf-16?b?DQo=?=",
        "=?iso-8859-1?q?=FC?=",
        "=?utf-8?q?=22=3B_x?=",
        "ü",
        "日本語",
    ),
    *("=?utf-8?q?b?==?utf-8?q?c?=", "=?UTF-8*en?Q?hi?=", "a" * 1100, "x" * 80, "🐙"),
    *('"', "\\", "(", ")", ";", ",", "@", "<", ">", "  ", "\t", "%0d%0a", "--==", "''"),
    *("\r\nX-Forged: y", "\n", "\f", "\v", "\0", "\x85", "\u2028", "\u202e", "*0*="),
)


def odd_messages(count: int) -> Iterator[tuple[EmailMultiAlternatives, set[str]]]:
    """Yield messages, and the names of the unusual headers that each may have."""
    rng = random.Random(5)

    def junk(most: int = 6) -> str:
        return rng.choice(("", " ")).join(rng.choices(ODD, k=rng.randint(1, most)))

    for _ in range(count):
        header = rng.choice(("X-A", "Comments", "List-Id", "Keywords", "References"))
        changes = {
            "subject": junk(2),
            "from_email": f'"{junk(2)}" <a@b.example>',
            "to": [f"{junk(1)} <a@b.example>"],
            "body": junk(),
            "headers": {header: junk(2)},
        }
        chosen = rng.sample(sorted(changes), rng.randint(1, 2))
        mail = message(**{name: changes[name] for name in chosen})
        if rng.random() < 0.4:
            mail.attach(junk(2), f"text {junk()}", rng.choice(("text/csv", "x/y")))
        yield mail, {header.lower()}
