"""The local SES itself."""

from __future__ import annotations

import ipaddress
import logging
import os
import socket
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self, Unpack

from seacucumber.testing.control import api as control
from seacucumber.testing.control import inbox_page
from seacucumber.testing.control.api import PREFIX
from seacucumber.testing.control.console import Console
from seacucumber.testing.faults import errors
from seacucumber.testing.http.dispatch import Dispatcher
from seacucumber.testing.http.listener import Listener
from seacucumber.testing.http.wire import Answer, Request, error_answer, protocol_of
from seacucumber.testing.ses.bucket import Clock
from seacucumber.testing.ses.settings import Options, Settings

#: Credentials for clients that need some; any others do as well, unless
#: ``access_keys`` names the ones that are known.
ACCESS_KEY_ID = "AKIALOCALSES00000000"
SECRET_ACCESS_KEY = "local-ses-takes-any-secret"  # noqa: S105 - not a secret

logger = logging.getLogger("seacucumber.testing")

_LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


class LocalSES(Console):
    """A strict Amazon SES on this machine, for tests and demonstrations.

    ::

        with LocalSES(rate=50.0, verified=["example.com"]) as ses:
            boto3.client("sesv2", endpoint_url=ses.url, ...)

    Args:
        host: The address to bind.
        port: The port to bind; 0 takes a free one.
        verified: Identities that are verified from the start.
        configuration_sets: Names of configuration sets that are there.
        ledger_path: A file for the ledger, a JSON line for each acceptance.
        seed: Makes faults, latency and the order of statistics repeatable.
        clock: The time that limits go by; `advance` sets it forward.
        options: The fields of `Settings`.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        verified: Iterable[str] = (),
        configuration_sets: Iterable[str] = (),
        ledger_path: str | os.PathLike[str] | None = None,
        seed: int = 0,
        clock: Clock | None = None,
        **options: Unpack[Options],
    ) -> None:
        super().__init__(
            Settings(**options),
            verified=verified,
            configuration_sets=configuration_sets,
            ledger_path=Path(ledger_path) if ledger_path is not None else None,
            seed=seed,
            clock=clock or Clock(),
        )
        self._address = (host, port)
        self._dispatcher = Dispatcher(self._account, self.faults, self._emitter, seed)
        self._listener: Listener | None = None

    def start(self) -> Self:
        """Open the port and answer from now on; after `stop`, at the same port."""
        self.faults.start()
        self._account.ledger.open()
        self._account.queues.open()
        for agenda in (self._events, self._account.posts):
            agenda.start()
        self._listener = Listener(*self._address, self, self.faults.pause)
        self._address = (self._listener.host, self._listener.port)
        return self

    def stop(self) -> None:
        """Close the port and all connections. What hangs is released."""
        self.faults.stop()
        self._account.ledger.end_waits()
        self._account.queues.close()
        if self._listener:
            self._listener.stop()
        for agenda in (self._events, self._account.posts):
            agenda.stop()
        self._account.ledger.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The ``endpoint_url`` for boto3."""
        if self._listener is None:
            raise RuntimeError("The local SES has not been started.")
        host = self._listener.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self._listener.port}"

    def before_body(self, request: Request) -> Answer | None:
        """Answer early, or return None to have the body read."""
        return self._dispatcher.before_body(request)

    def answer(self, request: Request) -> Answer:
        """Answer a request: the page, the control API, or AWS. Never raises."""
        try:
            return self._answer(request)
        except Exception:
            logger.exception("Broke on %s %s", request.method, request.path)
            self._account.tally.count("crashes")
            return error_answer(errors.internal_failure(), protocol_of(request))

    def _answer(self, request: Request) -> Answer:
        if request.path == self._account.signer.certificate_path:
            return Answer(
                content_type="application/x-x509-ca-cert", body=self.certificate
            )
        is_page = request.path == "/" and request.method in ("GET", "HEAD")
        if not is_page and not request.path.startswith(PREFIX):
            return self._dispatcher.answer(request)
        if self._is_loopback and not is_local_host(request.headers.get("host", "")):
            # A name that was made to point here: DNS rebinding.
            return Answer(status=403, content_type="text/plain")
        return inbox_page.answer(self) if is_page else control.answer(self, request)

    @property
    def _is_loopback(self) -> bool:
        return ipaddress.ip_address(self._address[0]).is_loopback


def is_local_host(host: str) -> bool:
    """Tell whether a ``Host`` header names this machine."""
    name, colon, port = host.rpartition(":")
    if not colon or not port.isdecimal():
        name = host
    return name.strip("[]").lower() in _LOCAL_HOSTS


def free_port() -> int:
    """Return a port that nobody listens on: connections to it are refused."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])
