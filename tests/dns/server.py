"""A DNS server on this machine, which answers what a test tells it to."""

from __future__ import annotations

import socket
import threading
from types import TracebackType
from typing import Self

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset


class DnsServer:
    """Answers over UDP. ``zone`` has records as text by (name, type).

    Attributes:
        zone: E.g. ``{("mail.example.com", "MX"): ["10 mx.example.net."]}``.
        failing: Names that get SERVFAIL.
        silent: Names that get no answer at all.
        asked: The (name, type) of each question.
    """

    def __init__(self) -> None:
        self.zone: dict[tuple[str, str], list[str]] = {}
        self.failing: set[str] = set()
        self.silent: set[str] = set()
        self.asked: list[tuple[str, str]] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
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

    def _serve(self) -> None:
        while True:
            data, peer = self._socket.recvfrom(4096)
            if not data:
                return
            answer = self._answer(dns.message.from_wire(data))
            if answer is not None:
                self._socket.sendto(answer.to_wire(), peer)

    def _answer(self, query: dns.message.Message) -> dns.message.Message | None:
        [question] = query.question
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        if name in self.silent:
            return None
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        if name in self.failing:
            answer.set_rcode(dns.rcode.SERVFAIL)
            return answer
        self._fill(answer, name, kind)
        return answer

    def _fill(self, answer: dns.message.Message, name: str, kind: str) -> None:
        """Follow aliases as a resolver does."""
        while kind != "CNAME" and (name, "CNAME") in self.zone:
            [target] = self.zone[name, "CNAME"]
            answer.answer.append(_rrset(name, "CNAME", [target]))
            name = target.rstrip(".").lower()
        texts = self.zone.get((name, kind), [])
        if texts:
            answer.answer.append(_rrset(name, kind, texts))
        elif not any(known == name for known, _ in self.zone):
            answer.set_rcode(dns.rcode.NXDOMAIN)


def _rrset(name: str, kind: str, texts: list[str]) -> dns.rrset.RRset:
    return dns.rrset.from_text(dns.name.from_text(name), 60, "IN", kind, *texts)
