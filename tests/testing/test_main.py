"""``python -m seacucumber.testing``."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError

from seacucumber.testing import Fault, LocalSESClient
from seacucumber.testing.__main__ import main
from tests import child_processes
from tests.testing.mail import call, refusal

ROOT = Path(__file__).resolve().parents[2]
Start = Callable[..., tuple[subprocess.Popen[str], str]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Return a starter of processes; none of them outlives the test."""
    processes: list[subprocess.Popen[str]] = []

    def run(*arguments: str) -> tuple[subprocess.Popen[str], str]:
        process = child_processes.start(
            [sys.executable, "-m", "seacucumber.testing", *arguments],
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        processes.append(process)
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("Local SES listens on http://127.0.0.1:"), line
        return process, line.split()[-1]

    yield run
    for process in processes:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_process_serves_and_ends_when_it_is_told_to(
    number: signal.Signals,
    start: Start,
    tmp_path: Path,
    connect: Callable[..., Any],
) -> None:
    ready = tmp_path / "ready"
    process, url = start(
        *("--ready-file", str(ready), "--verified", "example.com", "--rate", "7"),
        *("--quota", "99", "--configuration-set", "news", "--latency", "0-0.001"),
        *("--sandbox", "--verified", "ann@example.net", "--seed", "5"),
    )
    client = connect(url)

    client.send_email(**call(ConfigurationSetName="news"))

    assert ready.read_text() == f"{url}\n"
    assert client.get_account()["SendQuota"] == {
        "Max24HourSend": 99.0,
        "MaxSendRate": 7.0,
        "SentLast24Hours": 1.0,
    }
    assert client.get_account()["ProductionAccessEnabled"] is False
    process.send_signal(number)
    assert process.wait(timeout=20) == 0
    with pytest.raises(EndpointConnectionError):
        client.get_account()


def test_client_drives_a_server_in_another_process(
    start: Start, connect: Callable[..., Any]
) -> None:
    _, url = start("--rate", "1000")
    ses = LocalSESClient(url)
    client = connect(url)
    assert refusal(client.send_email, **call())[0] == "MessageRejected"

    ses.verify("example.com")
    sender = threading.Thread(target=client.send_email, kwargs=call())
    sender.start()
    [row] = ses.wait_for(1)
    sender.join()

    assert row.message["To"] == "ann@example.net"
    assert ses.counters.posts == 2


def test_stop_does_not_wait_for_what_hangs(
    start: Start, connect: Callable[..., Any]
) -> None:
    process, url = start("--verified", "example.com")
    ses = LocalSESClient(url)
    ses.faults.add(Fault.hang())
    problems: list[BaseException] = []

    def send() -> None:
        try:
            connect(url).send_email(**call())
        except ConnectionClosedError as error:
            problems.append(error)

    sender = threading.Thread(target=send)
    sender.start()
    while not ses.faults.hanging:
        sender.join(timeout=0.01)
    process.terminate()

    assert process.wait(timeout=20) == 0
    sender.join(timeout=20)
    assert len(problems) == 1


def test_ledger_survives_a_kill(
    start: Start, tmp_path: Path, connect: Callable[..., Any]
) -> None:
    path = tmp_path / "ledger.jsonl"
    process, url = start("--verified", "example.com", "--ledger", str(path))
    client = connect(url)
    answers = [client.send_email(**call())["MessageId"] for _ in range(5)]

    process.send_signal(signal.SIGKILL)
    process.wait(timeout=20)

    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert [row["ses_message_id"] for row in rows] == answers


def test_wrong_argument_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--rate", "fast"])

    assert ended.value.code == 2
    assert "--rate" in capsys.readouterr().err


def test_process_needs_neither_django_nor_boto3() -> None:
    code = (
        "import sys, seacucumber.testing, seacucumber.testing.__main__\n"
        "print([name for name in ('django', 'boto3', 'botocore', 'celery', 'pytest') "
        "if name in sys.modules])"
    )

    found = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )

    assert found.stdout.strip() == "[]"
