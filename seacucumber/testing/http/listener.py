"""A listening socket with one thread for each connection."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
from collections.abc import Callable

from seacucumber.testing.http.connection import Connection, Site

BACKLOG = 256


class Listener:
    """Accepts connections from the moment it is made until `stop`.

    Args:
        host: The address to bind.
        port: The port to bind; 0 takes a free one.
        site: Who answers.
        pause: Waits so many seconds, or until the server stops.
    """

    def __init__(
        self, host: str, port: int, site: Site, pause: Callable[[float], None]
    ) -> None:
        self._site = site
        self._pause = pause
        self._lock = threading.Lock()
        self._stopped = False
        self._open: dict[Connection, threading.Thread] = {}
        self._waker, self._woken = socket.socketpair()
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.create_server(
            (host, port), family=family, backlog=BACKLOG
        )
        self.host, self.port = self._socket.getsockname()[:2]
        self._thread = threading.Thread(
            target=self._accept, name=f"local-ses-{self.port}", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Close the port and all connections, and wait for their threads."""
        with self._lock:
            if self._stopped:
                return
            self._stopped = True
            connections = list(self._open.items())
        self._waker.send(b"\0")
        self._thread.join()
        for connection, _ in connections:
            connection.shut()
        for _, thread in connections:
            thread.join(timeout=5.0)
        for sock in (self._socket, self._waker, self._woken):
            sock.close()

    def _accept(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._socket, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while not self._stopped:
                ready = [key.fileobj for key, _ in selector.select()]
                if self._socket in ready:
                    # A client may be gone again before it is accepted.
                    with contextlib.suppress(OSError):
                        self._start(self._socket.accept()[0])

    def _start(self, sock: socket.socket) -> None:
        connection = Connection(sock, self._site, self._pause)
        thread = threading.Thread(
            target=self._serve,
            args=(connection,),
            name=f"local-ses-{self.port}-{sock.fileno()}",
            daemon=True,
        )
        with self._lock:
            if self._stopped:
                sock.close()
                return
            self._open[connection] = thread
        thread.start()

    def _serve(self, connection: Connection) -> None:
        try:
            connection.serve()
        finally:
            with self._lock:
                self._open.pop(connection, None)
