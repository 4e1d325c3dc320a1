"""A DKIM key is replaced while mail flows, and nobody's mail is unsigned for it."""

from __future__ import annotations

import re
import time
from collections import Counter
from datetime import timedelta
from typing import Any

import dkim
import pytest
from django.core import mail

from seacucumber import dkim_keys
from seacucumber.enums import DkimState
from seacucumber.models import Attempt, DkimKey
from seacucumber.testing import Accepted
from tests.checker import violations
from tests.dns.server import DnsServer
from tests.faults.conftest import Figures, OpenMailRoom
from tests.faults.extent import at_length
from tests.office import default_connection, wait_until

MESSAGES = at_length(1000, 2000)
RATE = 150.0
#: The calls that are under way take more connections than one process has.
LATENCY_S = (0.6, 0.8)
#: How long after the switch a message may still arrive with the old signature: a
#: process knows of it a second later, and then the call is under way.
OVERLAP_S = 1.0 + 2 * LATENCY_S[1]
_SIGNATURE = re.compile(rb"^DKIM-Signature:.*\n(?:[ \t].*\n)*", re.MULTILINE)


class Zone:
    """What is published, and what was published when."""

    def __init__(self, server: DnsServer) -> None:
        self._server = server
        self._values: dict[str, bytes] = {}
        self._from_s: dict[str, float] = {}
        self._until_s: dict[str, float] = {}

    def publish(self, key: DkimKey) -> None:
        record = dkim_keys.record_of(key)
        self._server.zone[record.name, "TXT"] = [record.quoted_strings]
        self._values[record.name] = record.value.encode()
        self._from_s[record.name] = time.time()

    def withdraw(self, key: DkimKey) -> None:
        name = dkim_keys.record_of(key).name
        self._until_s[name] = time.time()
        del self._server.zone[name, "TXT"]

    def verifies(self, entry: Accepted) -> bool:
        """Verify a message with what was published when SES had accepted it."""

        def answer(absolute: bytes, timeout: int = 5) -> bytes | None:
            name = absolute.decode().rstrip(".")
            begin_s = self._from_s.get(name, float("inf"))
            end_s = self._until_s.get(name, float("inf"))
            published = begin_s <= entry.epoch_s <= end_s
            return self._values[name] if published else None

        verified: bool = dkim.verify(entry.raw, dnsfunc=answer)
        return verified


def selectors(entry: Accepted) -> list[str]:
    """Return the selector of each signature of a message."""
    head = entry.raw.partition(b"\r\n\r\n")[0] + b"\r\n"
    fields = [re.sub(rb"\s", b"", field) for field in _SIGNATURE.findall(head)]
    return [field.partition(b";s=")[2].partition(b";")[0].decode() for field in fields]


def see_published(key: DkimKey) -> None:
    """Look for a record twice, as if an hour had passed between."""
    dkim_keys.check(key)
    assert key.good_since is not None
    key.good_since -= timedelta(hours=1)
    key.save(update_fields=["good_since"])
    dkim_keys.check(key)
    assert key.state == DkimState.PUBLISHED, key.note


@pytest.mark.alone
def test_each_message_has_one_signature_that_verified_when_it_was_sent(
    open_mail_room: OpenMailRoom, settings: Any, figures: Figures
) -> None:
    low_s, high_s = LATENCY_S
    room = open_mail_room(
        rate=RATE,
        ses=("--latency", f"{low_s}-{high_s}"),
        worker_settings={"CUCUMBER_RATE_LIMIT": RATE},
    )
    with DnsServer() as server:
        settings.CUCUMBER_DNS_SERVERS = [f"127.0.0.1:{server.port}"]
        zone = Zone(server)
        old = dkim_keys.generate("example.com", selector="old", actor="ann")
        zone.publish(old)
        see_published(old)
        dkim_keys.activate(old, actor="ann")
        workers = [room.start_worker(processes=1) for _ in range(2)]
        send(MESSAGES)
        wait_until(lambda: len(room.ses.inbox) > MESSAGES // 4, "mail flows")

        new = dkim_keys.rotate(old, actor="ann", selector="new")
        zone.publish(new)
        see_published(new)
        assert dkim_keys.advance().switched == 1
        time.sleep(OVERLAP_S)
        # In earnest it stays for two weeks: mail servers may look later than SES.
        zone.withdraw(old)
        old.refresh_from_db()
        dkim_keys.revoke(old, actor="ann", reason="It is replaced.")
        still_waiting = MESSAGES - len(room.ses.inbox)
        room.settle()

    inbox = room.ses.inbox
    assert len(inbox) == MESSAGES
    assert [entry for entry in inbox if len(selectors(entry)) != 1] == []
    assert [selectors(entry) for entry in inbox if not zone.verifies(entry)] == []
    by_selector = Counter(name for entry in inbox for name in selectors(entry))
    assert by_selector["old"] > MESSAGES // 4
    assert by_selector["new"] >= still_waiting > 0
    assert violations(room.evidence()) == []
    processes = {
        int(worker.rpartition(":")[2])
        for worker in Attempt.objects.values_list("worker", flat=True)
    }
    for worker in workers:
        assert processes & worker.pool_pids(), "A worker has had nothing to do."
    figures(messages=MESSAGES, signed_by_the_new_key=by_selector["new"])


def send(count: int) -> None:
    """Send so many messages at once."""
    default_connection().send_messages(
        [
            mail.EmailMessage(
                f"Message {number}",
                "Good news.",
                "post@example.com",
                [f"reader{number}@example.org"],
            )
            for number in range(count)
        ]
    )
