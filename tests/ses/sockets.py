"""Servers that do what a well-behaved SES never does."""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One request: its body as JSON, its headers, the client's port."""

    body: dict[str, Any]
    headers: dict[str, str]
    port: int


class _Server(ThreadingHTTPServer):
    # With daemon threads, leaving the block waits for nobody.
    daemon_threads = True
    recorded: list[Recorded]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body leave together, or the client waits 40 ms for the second packet.
    wbufsize = -1
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.recorded.append(
            Recorded(
                body=json.loads(body),
                headers={name.lower(): text for name, text in self.headers.items()},
                port=self.client_address[1],
            )
        )
        answer = b'{"MessageId": "an-id"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""


@contextmanager
def recorder() -> Iterator[tuple[str, list[Recorded]]]:
    """Accept every message; yield the URL and what came."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.recorded = []
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", server.recorded
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def serving(
    talk: Callable[[socket.socket], object], *, scheme: str = "https"
) -> Iterator[str]:
    """Let a function talk to each client that connects; yield the URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    client, _address = listener.accept()
                    with client, contextlib.suppress(OSError):
                        talk(client)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
            thread.join()


@contextmanager
def full_backlog() -> Iterator[str]:
    """Yield the URL of a port that does not answer a SYN, as behind a firewall."""
    with socket.socket() as listener, contextlib.ExitStack() as stack:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def break_tls_after_request(
    folder: Path,
) -> tuple[Path, Callable[[socket.socket], None]]:
    """Return a CA bundle, and a talk that answers a request with no TLS record."""
    certificate, key = _self_signed(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    def talk(client: socket.socket) -> None:
        raw = socket.socket(fileno=client.detach())
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(incoming, outgoing, server_side=True)
        with raw:
            _pump(raw, tls.do_handshake, incoming, outgoing)
            _pump(raw, lambda: tls.read(65536), incoming, outgoing)
            raw.sendall(b"this is not a TLS record at all")
            raw.recv(65536)

    return certificate, talk


def _pump(
    raw: socket.socket,
    step: Callable[[], object],
    incoming: ssl.MemoryBIO,
    outgoing: ssl.MemoryBIO,
) -> None:
    """Run one step of TLS, with the bytes that it asks for."""
    while True:
        try:
            step()
        except ssl.SSLWantReadError:
            raw.sendall(outgoing.read())
            incoming.write(raw.recv(65536))
        else:
            raw.sendall(outgoing.read())
            return


def _self_signed(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate_path, key_path = folder / "server.pem", folder / "server.key"
    certificate_path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificate_path, key_path
