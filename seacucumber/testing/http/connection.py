"""One keep-alive HTTP/1.1 connection: reads requests, writes answers."""

from __future__ import annotations

import contextlib
import re
import socket
import struct
from collections.abc import Callable
from typing import Protocol as Interface

from seacucumber.testing.http.wire import Answer, Delivery, Request

MAX_HEAD_BYTES = 64 * 1024
#: 40 MB in base64, in JSON, and what else belongs to a call.
MAX_BODY_BYTES = 64 * 1024 * 1024
_CHUNK_BYTES = 256 * 1024
_REQUEST_LINE = re.compile(r"([A-Z]{1,20}) (/[^ ?#]*|\*)(?:\?([^ #]*))? HTTP/1\.[01]")
_LINGER_NOT = struct.pack("ii", 1, 0)


class Site(Interface):
    """Who answers the requests of a connection."""

    def before_body(self, request: Request) -> Answer | None:
        """Answer early, or return None to have the body read."""

    def answer(self, request: Request) -> Answer:
        """Answer a request. Must not raise."""


class _Unreadable(Exception):
    """What came is no HTTP request that we serve."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(status)


class Connection:
    """Serves a socket until one of both ends closes it.

    Args:
        sock: The accepted socket; closed at the end.
        site: Who answers.
        pause: Waits so many seconds, or until the server stops.
    """

    def __init__(
        self, sock: socket.socket, site: Site, pause: Callable[[float], None]
    ) -> None:
        self._sock = sock
        self._site = site
        self._pause = pause
        self._buffer = bytearray()

    def serve(self) -> None:
        """Answer requests until the connection ends."""
        try:
            self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while self._serve_one():
                pass
        except _Unreadable as problem:
            answer = Answer(status=problem.status, content_type="text/plain")
            with contextlib.suppress(OSError):
                self._sock.sendall(answer.head(keep_alive=False))
        except OSError:
            # The client is gone, or the server stops. Nobody is left to be told.
            pass
        finally:
            self._sock.close()

    def shut(self) -> None:
        """End the connection from another thread."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def _serve_one(self) -> bool:
        head = self._read_head()
        if head is None:
            return False
        request, length, keep_alive = head
        early = self._site.before_body(request)
        if early is not None:
            return self._write(early, request, keep_alive=False)
        if request.headers.get("expect", "").lower() == "100-continue":
            self._sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        request = Request(
            method=request.method,
            path=request.path,
            query=request.query,
            headers=request.headers,
            body=self._read_exactly(length),
        )
        return self._write(self._site.answer(request), request, keep_alive=keep_alive)

    def _read_head(self) -> tuple[Request, int, bool] | None:
        """Return the request without its body, the body's length, keep-alive."""
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if len(self._buffer) > MAX_HEAD_BYTES:
                raise _Unreadable(431)
            if not self._receive():
                return None
        text = self._buffer[:end].decode("latin-1")
        del self._buffer[: end + 4]
        first, *lines = text.split("\r\n")
        line = _REQUEST_LINE.fullmatch(first)
        if line is None:
            raise _Unreadable(400)
        headers = _headers(lines)
        request = Request(
            method=line[1], path=line[2], query=line[3] or "", headers=headers
        )
        keep_alive = (
            first.endswith("1.1") and headers.get("connection", "").lower() != "close"
        )
        return request, _body_length(headers), keep_alive

    def _read_exactly(self, length: int) -> bytes:
        while len(self._buffer) < length:
            if not self._receive():
                raise ConnectionResetError("The client left within a request.")
        body = bytes(self._buffer[:length])
        del self._buffer[:length]
        return body

    def _receive(self) -> bool:
        data = self._sock.recv(_CHUNK_BYTES)
        self._buffer += data
        return bool(data)

    def _write(self, answer: Answer, request: Request, *, keep_alive: bool) -> bool:
        """Write an answer; tell whether the connection goes on."""
        if answer.delivery is Delivery.RESET:
            # Without lingering, close() sends RST instead of FIN.
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
            return False
        head = answer.head(keep_alive=keep_alive)
        body = b"" if request.method == "HEAD" else answer.body
        if answer.delivery is Delivery.TRUNCATED:
            self._sock.sendall(head + body[: len(body) // 2])
            return False
        if answer.delivery is Delivery.DRIP:
            self._drip(head, body, answer.drip_s)
            return keep_alive
        self._sock.sendall(head + body)
        return keep_alive

    def _drip(self, head: bytes, body: bytes, seconds: float) -> None:
        self._sock.sendall(head)
        for index in range(len(body)):
            self._pause(seconds / len(body))
            self._sock.sendall(body[index : index + 1])


def _headers(lines: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise _Unreadable(400)
        headers[name.lower()] = value.strip()
    return headers


def _body_length(headers: dict[str, str]) -> int:
    if "transfer-encoding" in headers:
        raise _Unreadable(411)
    text = headers.get("content-length", "0")
    if not (text.isascii() and text.isdecimal()) or len(text) > 18:
        raise _Unreadable(400)
    if int(text) > MAX_BODY_BYTES:
        raise _Unreadable(413)
    return int(text)
