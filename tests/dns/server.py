"""A DNS server on this machine, which answers what a test tells it to."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import closing
from types import TracebackType
from typing import Self

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset


class DnsServer:
    """Answers over UDP and TCP. ``zone`` has records as text by (name, type).

    Args:
        host: Another address of this machine's own.
        port: Empty takes a free one.
        authority: Answers as a zone's own server does: with AA, and without following
            aliases out of what it knows.

    Attributes:
        zone: E.g. ``{("mail.example.com", "MX"): ["10 mx.example.net."]}``.
        delegated: Domains that others answer for, with the address of one of them.
        failing: Names that get SERVFAIL.
        refused: Names that get REFUSED.
        silent: Names that get no answer at all.
        large: Names whose answers do not fit into a datagram.
        asked: The (name, type) of each question.
    """

    def __init__(
        self, *, host: str = "127.0.0.1", port: int = 0, authority: bool = False
    ) -> None:
        self.authority = authority
        self.delegated: dict[str, str] = {}
        self.refused: set[str] = set()
        self.large: set[str] = set()
        self.zone: dict[tuple[str, str], list[str]] = {}
        self.failing: set[str] = set()
        self.silent: set[str] = set()
        self.asked: list[tuple[str, str]] = []
        self._socket, self._listener = _sockets(host, port)
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._tcp_thread = threading.Thread(target=self._serve_tcp, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._tcp_thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # An empty datagram ends the loop.
        self._socket.sendto(b"", self._socket.getsockname())
        self._thread.join(10)
        self._socket.close()
        # Closing alone does not wake up who waits in accept().
        self._listener.shutdown(socket.SHUT_RDWR)
        self._tcp_thread.join(10)
        self._listener.close()

    def _serve(self) -> None:
        while True:
            data, peer = self._socket.recvfrom(4096)
            if not data:
                return
            answer = self._answer(dns.message.from_wire(data))
            if answer is not None:
                self._socket.sendto(self._cut(answer).to_wire(), peer)

    def _serve_tcp(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with closing(connection):
                # Two octets of length go before each message (RFC 1035 4.2.2).
                [length] = struct.unpack("!H", connection.recv(2))
                answer = self._answer(dns.message.from_wire(connection.recv(length)))
                if answer is not None:
                    wire = answer.to_wire()
                    connection.sendall(struct.pack("!H", len(wire)) + wire)

    def _cut(self, answer: dns.message.Message) -> dns.message.Message:
        if answer.question[0].name.to_text(omit_final_dot=True) in self.large:
            answer.answer.clear()
            answer.flags |= dns.flags.TC
        return answer

    def _answer(self, query: dns.message.Message) -> dns.message.Message | None:
        [question] = query.question
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        if name in self.silent:
            return None
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.AA if self.authority else dns.flags.RA
        if name in self.failing:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif name in self.refused:
            answer.set_rcode(dns.rcode.REFUSED)
        elif not self._refer(answer, name):
            self._fill(answer, name, kind)
        return answer

    def _refer(self, answer: dns.message.Message, name: str) -> bool:
        """Say who answers for a name, if others do."""
        for domain, address in self.delegated.items():
            if f".{name}".endswith(f".{domain}"):
                answer.flags &= ~dns.flags.AA
                host = f"ns.{domain}"
                answer.authority.append(_rrset(domain, "NS", [f"{host}."]))
                answer.additional.append(_rrset(host, "A", [address]))
                return True
        return False

    def _fill(self, answer: dns.message.Message, name: str, kind: str) -> None:
        """Follow aliases as a resolver does."""
        seen: set[str] = set()
        while kind != "CNAME" and (name, "CNAME") in self.zone and name not in seen:
            seen.add(name)
            [target] = self.zone[name, "CNAME"]
            answer.answer.append(_rrset(name, "CNAME", [target]))
            name = target.rstrip(".").lower()
        texts = self.zone.get((name, kind), [])
        if texts:
            answer.answer.append(_rrset(name, kind, texts))
        elif not any(known == name for known, _ in self.zone):
            answer.set_rcode(dns.rcode.NXDOMAIN)


def _sockets(host: str, port: int) -> tuple[socket.socket, socket.socket]:
    """Return a socket for UDP and one for TCP, both at the same port."""
    for _ in range(50):
        listener = socket.create_server((host, port))
        datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            datagrams.bind(listener.getsockname())
        except OSError:
            # Somebody else has that port for UDP.
            listener.close()
            datagrams.close()
        else:
            return datagrams, listener
    raise OSError("No port is free for both UDP and TCP.")


def _rrset(name: str, kind: str, texts: list[str]) -> dns.rrset.RRset:
    return dns.rrset.from_text(dns.name.from_text(name), 60, "IN", kind, *texts)
