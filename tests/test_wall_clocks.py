"""No wall clock of a host decides anything.

A host's clock may be off by minutes, or jump. What has to be measured goes by the
database's clock (`seacucumber.db.clock`) or by the monotonic one. Whatever reads a
wall clock all the same, or has Celery compare a time with one, stands here with the
reason for which it may.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.test_project import PACKAGE

#: How a wall clock is read, and the options of Celery that are compared with one.
_READS = re.compile(
    r"\btime\.time(?:_ns)?\b|\bdate(?:time)?\.(?:now|utcnow|today)\b"
    r"|\btimezone\.(?:now|localdate)\b|\b(?:localtime|gmtime|strftime|ctime)\(\)"
    r"|\bauto_now(?:_add)?=|\"(?:countdown|eta|expires)\"\]?\s*[:=]"
    r"|\b(?:countdown|eta|expires)="
)

_SHOWN = "how old something is, in the words of a page; decides nothing"
_OWN_LOG = (
    "Django's log of the admin is written by this host's clock, and compared with it"
)
_ALONE = "a default that our code overrides with the database's time"
_MEASURED = "this host's clock is what is measured"
ALLOWED = {
    ("admin/dkim/admin.py", "timezone.now"): _SHOWN,
    ("admin/dkim/views.py", "timezone.now"): _SHOWN,
    ("admin/common/freshness.py", "timezone.now"): _SHOWN,
    ("admin/identities/views.py", "timezone.now"): _SHOWN,
    ("admin/large_tables/filters.py", "timezone.now"): "which rows a list shows",
    ("admin/suppression/admin.py", "timezone.now"): "which rows a list shows",
    ("admin/preview/body.py", "timezone.now"): _OWN_LOG,
    ("admin/messages/send_test.py", "timezone.now"): _OWN_LOG,
    ("usage.py", "datetime.now"): "which day the figures of a command are called",
    ("envelope/options.py", "datetime.now"): (
        "the moment that a program gives was most likely reckoned by this clock, and"
        " becomes a length of time by it"
    ),
    ("management/commands/ses_suppression.py", '"expires":'): "a key of what it prints",
    ("models/queue/hold.py", "timezone.now"): _ALONE,
    ("models/queue/message.py", "timezone.now"): _ALONE,
    ("db/clock.py", "time.time_ns"): "SQLite's clock is this host's",
    ("delivery/holds/host_clock.py", "time.time_ns"): _MEASURED,
    ("ses/host_clock.py", "time.time"): _MEASURED,
    ("tasks/__init__.py", '"countdown"] ='): (
        "a hint: one that runs early finds it out by the database's clock, and the"
        " sweep does what one does that runs late"
    ),
}
#: The local SES stands in for AWS, which has a clock of its own.
_ELSEWHERE = ("testing/", "migrations/")


def _found() -> Iterator[tuple[str, str]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        if not name.startswith(_ELSEWHERE):
            for line in path.read_text(encoding="utf-8").splitlines():
                code, _, _comment = line.partition("  # ")
                if not code.lstrip().startswith("#"):
                    yield from ((name, match) for match in _READS.findall(code))


def test_each_reading_of_a_wall_clock_has_a_reason() -> None:
    assert sorted(set(_found())) == sorted(ALLOWED)
