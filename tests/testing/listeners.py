"""What the tests of events have in common: queues and web addresses that listen."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SIMULATOR = "simulator.amazonses.com"


def bodies(sqs: Any, url: str) -> list[str]:
    """Receive and delete everything that is in a queue now."""
    found: list[str] = []
    while True:
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        if "Messages" not in answer:
            return found
        for message in answer["Messages"]:
            found.append(message["Body"])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def events(sqs: Any, url: str) -> list[dict[str, Any]]:
    """Receive everything, and open the envelopes of SNS."""
    return [json.loads(json.loads(body)["Message"]) for body in bodies(sqs, url)]


def kinds(found: list[dict[str, Any]]) -> list[str]:
    """Return the types of events, in order."""
    return [row["eventType"] for row in found]


@dataclass(slots=True)
class Listening:
    """A web server that takes what SNS posts.

    Args:
        statuses: What it answers, one for each post; 200 when they are used up.
    """

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    posts: list[tuple[Mapping[str, str], str]] = field(default_factory=list)

    @property
    def envelopes(self) -> list[dict[str, str]]:
        return [json.loads(body) for _, body in self.posts]


@contextmanager
def listening() -> Iterator[Listening]:
    """Serve on a port of its own."""
    here = Listening()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(here))
    here.url = f"http://127.0.0.1:{server.server_port}/events/"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield here
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(here: Listening) -> Callable[..., BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            here.posts.append((dict(self.headers.items()), body))
            self.send_response(here.statuses.pop(0) if here.statuses else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    return Handler
