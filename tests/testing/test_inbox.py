"""What the ledger knows, and that it knows it before the client does."""

from __future__ import annotations

import json
import re
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError

from seacucumber.testing import Accepted, Fault, LocalSES
from seacucumber.testing.inbox import Ledger
from tests.testing.mail import RECIPIENT, SENDER, call, client, mime


def test_acceptance_is_written_down_as_it_came(ses: LocalSES, v2: Any) -> None:
    raw = mime("X-Odd: folded\r\n\tvalue", body="caf=C3=A9 \xe9\r\n.\r\n\r\n")

    answer = v2.send_email(
        **call(raw=raw, to=["Ann <ann@Example.NET>"], tags={"cucumber_attempt": "3"})
    )

    [row] = ses.inbox
    assert row.number == 1
    assert row.ses_message_id == answer["MessageId"]
    assert row.raw == raw
    assert row.sender == SENDER
    assert row.recipients == ("ann@Example.NET",)
    assert row.tags == {"cucumber_attempt": "3"}
    assert row.configuration_set == ""
    assert row.sdk_attempt == 1
    assert row.subject == "Hello"
    assert row.message["X-Odd"] == "folded\tvalue"
    assert row.outcome == "delivery"


def test_message_id_has_the_form_of_aws(ses: LocalSES, v2: Any) -> None:
    ids = {v2.send_email(**call())["MessageId"] for _ in range(50)}

    assert len(ids) == 50
    form = r"0100[0-9a-f]{12}-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-000000"
    assert all(re.fullmatch(form, text) for text in ids)


@pytest.mark.parametrize(
    ("to", "outcome"),
    [
        (["success@simulator.amazonses.com"], "delivery"),
        (["bounce+a@simulator.amazonses.com", RECIPIENT], "bounce"),
        (["complaint@simulator.amazonses.com"], "complaint"),
        (["ooto@simulator.amazonses.com"], "out-of-office"),
        (["suppressionlist@simulator.amazonses.com"], "suppressed"),
        (["bounce@example.net"], "delivery"),
    ],
)
def test_simulator_addresses_have_an_outcome(
    to: list[str], outcome: str, ses: LocalSES, v2: Any
) -> None:
    v2.send_email(**call(to=to))

    assert ses.inbox[0].outcome == outcome


def test_simple_content_becomes_a_message(ses: LocalSES, v2: Any) -> None:
    v2.send_email(
        FromEmailAddress=SENDER,
        Destination={"ToAddresses": [RECIPIENT]},
        Content={
            "Simple": {
                "Subject": {"Data": "Grüße"},
                "Body": {"Text": {"Data": "Hallo"}, "Html": {"Data": "<p>Hallo</p>"}},
            }
        },
    )

    [row] = ses.inbox
    assert row.subject == "Grüße"
    assert [part.get_content_type() for part in row.message.iter_parts()] == [
        "text/plain",
        "text/html",
    ]


def test_ledger_is_written_before_the_answer(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    with LocalSES(verified=["example.com"], ledger_path=path) as ses:
        ses.faults.add(Fault.reset(after_accepting=True))
        sender = client(ses.url)
        with pytest.raises(ConnectionClosedError):
            sender.send_email(**call(tags={"cucumber_message": "a1"}))
        sender.close()

        # The server still runs: what is in the file is there for everybody.
        [line] = path.read_text().splitlines()

    row = Accepted.from_dict(json.loads(line))
    assert row.tags == {"cucumber_message": "a1"}
    assert row.raw == mime()
    assert row == ses.inbox[0]


def test_file_is_continued(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    for _ in range(2):
        with LocalSES(verified=["example.com"], ledger_path=path) as ses:
            sender = client(ses.url)
            sender.send_email(**call())
            sender.close()

    assert len(path.read_text().splitlines()) == 2


def test_peak_is_the_most_recipients_within_one_second() -> None:
    ledger = Ledger()
    for at_s, count in ((0.0, 3), (0.5, 4), (0.99, 2), (1.0, 1), (1.4, 1), (9.0, 8)):
        ledger.append(
            ses_message_id=f"{at_s}",
            at_s=at_s,
            epoch_s=at_s,
            sender=SENDER,
            recipients=tuple("r" * count),
            configuration_set="",
            tags={},
            raw=b"",
        )

    assert ledger.totals() == (6, 19, 9)


def test_waiting_ends_with_the_last_message(ses: LocalSES, v2: Any) -> None:
    def send() -> None:
        for _ in range(3):
            v2.send_email(**call())

    thread = threading.Thread(target=send)
    thread.start()
    rows = ses.wait_for(3)
    thread.join()

    assert [row.number for row in rows] == [1, 2, 3]
    assert [row.number for row in ses.accepted_after(1)] == [2, 3]


def test_waiting_in_vain_is_told(ses: LocalSES, v2: Any) -> None:
    v2.send_email(**call())

    with pytest.raises(TimeoutError, match="1 of 2 messages"):
        ses.wait_for(2, timeout_s=0.05)


def test_reset_begins_again_with_what_was_there_at_the_start(
    ses: LocalSES, v2: Any
) -> None:
    v2.send_email(**call())
    ses.configure(rate=1.0, sandbox=True)
    ses.advance(25 * 3600)
    ses.verify("example.org")
    ses.set_configuration_set("news")
    ses.faults.add(Fault.reset())

    ses.reset()

    assert ses.inbox == []
    assert ses.counters.posts == ses.counters.peak_recipients == 0
    assert ses.sent_last_24h == 0
    assert ses.settings.rate == 1000.0
    assert [row.name for row in ses.identities] == ["example.com"]
    assert ses.configuration_sets == {}
    v2.send_email(**call())
    # A number is never used twice, so whoever asks for what is new misses nothing.
    [row] = ses.accepted_after(1)
    assert row.number == 2
    assert abs(row.epoch_s - time.time()) < 3600
