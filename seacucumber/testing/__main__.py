"""``python -m seacucumber.testing``: the local SES as a process of its own.

It prints the settings that bring a project's mail to it.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from seacucumber.testing.http.server import (
    ACCESS_KEY_ID,
    SECRET_ACCESS_KEY,
    LocalSES,
)

SETTINGS = """\
import django

if django.VERSION >= (6, 1):
    MAILERS = {{"default": {{"BACKEND": "seacucumber.backend.SESBackend"}}}}
else:
    EMAIL_BACKEND = "seacucumber.backend.SESBackend"
CUCUMBER_ENDPOINT_URL = "{url}"
CUCUMBER_SES_REGION_NAME = "{region}"
CUCUMBER_SES_ACCESS_KEY_ID = "{access_key_id}"
CUCUMBER_SES_SECRET_ACCESS_KEY = "{secret_access_key}"
"""


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    result = argparse.ArgumentParser(
        prog="python -m seacucumber.testing",
        description="A strict Amazon SES on this machine, for tests and demos.",
    )
    add = result.add_argument
    add("--host", default="127.0.0.1", help="address to bind (%(default)s)")
    add("--port", type=int, default=0, help="port to bind, 0 for a free one")
    add("--region", default="us-east-1", help="region (%(default)s)")
    add("--rate", type=float, default=50.0, help="recipients per second (%(default)s)")
    add("--burst", type=float, help="recipients that may come at once (one second's)")
    add(
        "--quota",
        type=float,
        default=50_000.0,
        help="recipients per 24 h, -1: no limit",
    )
    add("--sandbox", action="store_true", help="recipients must be verified too")
    add("--verified", action="append", default=[], metavar="NAME", help="repeatable")
    add("--configuration-set", action="append", default=[], metavar="NAME")
    add("--verify-after", type=float, metavar="S", help="identities verify themselves")
    add("--control-rate", type=float, metavar="R", help="management calls per second")
    add(
        "--foreign-rate",
        type=float,
        default=0.0,
        help="recipients per second of others",
    )
    add(
        "--latency", type=latency, default=0.0, metavar="S", help="seconds, or LOW-HIGH"
    )
    add(
        "--event-delay",
        type=latency,
        default=0.0,
        metavar="S",
        help="seconds that events take, or LOW-HIGH",
    )
    add("--ledger", type=Path, metavar="FILE", help="a JSON line for each acceptance")
    add("--ready-file", type=Path, metavar="PATH", help="gets the URL once it listens")
    add("--seed", type=int, default=0, help="makes chance repeatable")
    return result


def latency(text: str) -> float | tuple[float, float]:
    """Read ``0.1`` or ``0.05-0.2``."""
    low, dash, high = text.partition("-")
    return (float(low), float(high)) if dash else float(low)


def main(arguments: list[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT."""
    given = parser().parse_args(arguments)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with LocalSES(
        host=given.host,
        port=given.port,
        verified=given.verified,
        configuration_sets=given.configuration_set,
        ledger_path=given.ledger,
        seed=given.seed,
        region=given.region,
        rate=given.rate,
        burst=given.burst,
        quota_24h=given.quota,
        sandbox=given.sandbox,
        verify_after_s=given.verify_after,
        control_rate=given.control_rate,
        foreign_rate=given.foreign_rate,
        latency_s=given.latency,
        event_delay_s=given.event_delay,
    ) as ses:
        sys.stdout.write(introduction(ses.url, given.region))
        sys.stdout.flush()
        if given.ready_file:
            announce(given.ready_file, ses.url)
        stop.wait()
    return 0


def introduction(url: str, region: str) -> str:
    """Return what is printed at the start: first the URL, then what to do with it."""
    settings = SETTINGS.format(
        url=url,
        region=region,
        access_key_id=ACCESS_KEY_ID,
        secret_access_key=SECRET_ACCESS_KEY,
    )
    return (
        f"Local SES listens on {url}\n"
        "\nOpened in a browser, that address shows the mail that was accepted, and the"
        " links\nthat verify addresses. For the settings of a project:\n"
        f"\n{settings}\n"
    )


def announce(path: Path, url: str) -> None:
    """Write the URL; whoever sees the file sees all of it."""
    draft = path.with_name(f"{path.name}.new")
    draft.write_text(f"{url}\n", encoding="utf-8")
    draft.replace(path)


if __name__ == "__main__":
    sys.exit(main())
