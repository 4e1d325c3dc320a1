"""A mail room that hears what SES tells: consumers and web servers as processes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from seacucumber.testing.http.server import free_port
from tests import child_processes
from tests.office import MailRoom, wait_until

CONFIGURATION_SET = "news"

_ROOT = Path(__file__).resolve().parents[2]


class Listener:
    """A process that takes events in: ``ses_events``, or a web server."""

    def __init__(
        self, arguments: list[str], environment: dict[str, str], log: Path
    ) -> None:
        self.arguments = arguments
        self.environment = environment
        self.log = log
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = child_processes.start(
                [sys.executable, "-m", "django", *self.arguments],
                cwd=_ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill(self) -> None:
        """Pull the plug."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> int:
        """Ask it to stop, and return what it ends with."""
        self.process.terminate()
        return self.process.wait(30)


class EventRoom:
    """What is added to a mail room so that it hears of events."""

    def __init__(self, room: MailRoom) -> None:
        self.room = room
        self.ses = room.ses
        self._listeners: list[Listener] = []

    def start_consumer(self, queue_url: str) -> Listener:
        """Start ``ses_events``, as a project's process manager does."""
        arguments = ["ses_events", "--wait", "1"]
        return self._listen(arguments, CUCUMBER_EVENT_QUEUES=[queue_url])

    def start_web(self) -> tuple[Listener, str]:
        """Start a web server, connect SNS to its webhook, and return both."""
        port = free_port()
        url = f"http://127.0.0.1:{port}/ses/sns/"
        topic_arn = self.ses.send_events_to_address(
            url, configuration_set=CONFIGURATION_SET
        )
        web = self._listen(
            ["runserver", "--noreload", f"127.0.0.1:{port}"],
            CUCUMBER_SNS_TOPICS=[topic_arn],
            ROOT_URLCONF="tests.faults.trusting_urls",
        )
        wait_until(lambda: _listens(port), "the web server is up")
        return web, url

    def _listen(self, arguments: list[str], **settings: Any) -> Listener:
        log = self.room.folder / f"worker-listener{len(self._listeners)}.log"
        environment = self.room.environment(**settings)
        listener = Listener(arguments, environment, log)
        self._listeners.append(listener)
        return listener

    def close(self) -> None:
        """End all processes."""
        for listener in self._listeners:
            listener.kill()


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False
