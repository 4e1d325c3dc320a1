"""DKIM signatures (RFC 6376, RFC 8301), made by dkimpy with keys of `cryptography`.

dkimpy builds the header and its hash, and for Ed25519 keys asks an object to sign that
hash. Its own RSA is made of Python integers and takes 17 times as long as OpenSSL for
2048 bits; so an object that signs with OpenSSL stands in for the Ed25519 key.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from typing import Any

import dkim
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from django.views.decorators.debug import sensitive_variables

from seacucumber.domains import is_within
from seacucumber.enums import DkimAlgorithm
from seacucumber.signing.errors import UnsignableMessage
from seacucumber.signing.keys import PrivateKey, load_private_key
from seacucumber.signing.names import (
    NEVER_OVERSIGNED,
    checked_domain,
    checked_headers,
    checked_selector,
)

_OWN_SIGNATURE = re.compile(
    rb"^dkim-signature[ \t]*:[^\n]*\n(?:[ \t][^\n]*\n)*", re.IGNORECASE | re.MULTILINE
)

_ONCE = (b"from", b"to")

_ALL_BUT_LINE_ENDS = bytes(set(range(256)) - set(b"\r\n"))

# What dkimpy reads as an RSA key: nine INTEGERs of one octet. It never signs.
_PLACEHOLDER = b"--\nMBsCAQACAQACAQACAQACAQACAQACAQACAQACAQA=\n--"
_PADDING = padding.PKCS1v15()
_DIGEST = Prehashed(hashes.SHA256())


class Signer:
    """Signs messages for one domain; the key is parsed once.

    Args:
        domain: The signing domain (``d=``).
        selector: Where the public key is published (``s=``).
        private_key: As `load_private_key` returns it.
        private_key_pem: The same as text, if there is no ``private_key``.
        headers: Names of the headers to sign, From among them.
        oversign: Sign each header once more than it is there, so that nobody can add
            one (RFC 6376 8.15). Otherwise each that is there is signed once, and
            those that a message does not have are left out, as in Sea Cucumber 1.5.

    Raises:
        SigningError: if any of them cannot be used.
    """

    @sensitive_variables()
    def __init__(
        self,
        *,
        domain: str,
        selector: str | bytes,
        headers: Sequence[str],
        private_key: PrivateKey | None = None,
        private_key_pem: str | bytes = "",
        oversign: bool = False,
    ) -> None:
        self.domain = checked_domain(domain)
        self._selector = checked_selector(selector)
        self._headers = checked_headers(headers)
        self._oversign = oversign
        self._key = _stand_in(private_key or load_private_key(private_key_pem))

    def __repr__(self) -> str:
        return f"<Signer d={self.domain} s={self._selector}>"

    def sign(self, raw: bytes) -> bytes:
        """Return a message with our signature on top, and no other DKIM-Signature.

        SES refuses a message with two of them; one that is there already belongs to
        an earlier sending, whose Date and Message-ID SES replaces. The rest of the
        message is not changed: relaxed headers, simple body.

        Args:
            raw: As `seacucumber.envelope` freezes it: CRLF only.

        Raises:
            UnsignableMessage: if it has no From, two headers of which there is one
                (RFC 5322 3.6), headers that cannot be read, or line ends other than
                CRLF, which the next server would change.
        """
        if not raw.endswith(b"\r\n"):
            raw += b"\r\n"  # A relay would add it and break the signature.
        line_ends = raw.translate(None, _ALL_BUT_LINE_ENDS)
        if line_ends != b"\r\n" * (len(line_ends) // 2):
            raise UnsignableMessage("The message has line ends that are not CRLF.")
        head_bytes = raw.find(b"\r\n\r\n") + 2
        if head_bytes < 2:
            head_bytes = len(raw)  # There is no body.
        head = _OWN_SIGNATURE.sub(b"", raw[:head_bytes])
        if b"\f" in head or b"\v" in head:
            # No white space in RFC 6376 2.8, but in Python, and so in dkimpy.
            raise UnsignableMessage(
                "The message has a form feed or a vertical tab among its headers."
            )
        signature = self._signature(head, _body_hash(raw, head_bytes + 2))
        # Not a slice, which would copy the body twice.
        return b"".join((signature, head, memoryview(raw)[head_bytes:]))

    def _signature(self, head: bytes, body_hash: bytes) -> bytes:
        try:
            message = _Message(head, body_hash, self._key)
            return message.signature(
                self._selector, self.domain, self._signed_names(message.names)
            )
        except (dkim.DKIMException, IndexError) as error:
            # IndexError: dkimpy's answer to a first line that is a continuation.
            raise UnsignableMessage(
                f"The message cannot be signed: {error or 'unreadable headers'}."
            ) from error

    def _signed_names(self, present: Sequence[bytes]) -> list[bytes]:
        """Return what ``h=`` lists: each name as often as it is signed."""
        if b"from" not in present:
            raise UnsignableMessage(
                "The message has no From header, which must be signed."
            )
        twice = [name for name in _ONCE if present.count(name) > 1]
        if twice:
            raise UnsignableMessage(
                f"The message has several {twice[0].decode().title()} headers (RFC 5322"
                " 3.6); verifiers do not agree on which one is signed."
            )
        if not self._oversign:
            return [name for name in self._headers if name in present]
        return [
            name
            for name in self._headers
            for _ in range(present.count(name) + (name not in NEVER_OVERSIGNED))
        ]

    def covers(self, sender: str) -> bool:
        """Tell whether a sender is in our domain or below it, as DMARC wants."""
        domain = sender.rpartition("@")[2].lower()
        return is_within(domain, self.domain)


class _Signature:
    """What PyNaCl's ``SigningKey.sign`` returns."""

    __slots__ = ("signature",)

    def __init__(self, signature: bytes) -> None:
        self.signature = signature


class _RSAKey:
    """What dkimpy takes for PyNaCl's ``SigningKey``."""

    __slots__ = ("_key",)
    algorithm = DkimAlgorithm.RSA_SHA256.value.encode()

    def __init__(self, key: rsa.RSAPrivateKey) -> None:
        self._key = key

    def sign(self, digest: bytes) -> _Signature:
        return _Signature(self._key.sign(digest, _PADDING, _DIGEST))


class _Ed25519Key:
    """The same for Ed25519: it signs the hash like any text (RFC 8463 3)."""

    __slots__ = ("_key",)
    algorithm = DkimAlgorithm.ED25519_SHA256.value.encode()

    def __init__(self, key: ed25519.Ed25519PrivateKey) -> None:
        self._key = key

    def sign(self, digest: bytes) -> _Signature:
        return _Signature(self._key.sign(digest))


def _stand_in(key: PrivateKey) -> _RSAKey | _Ed25519Key:
    return _RSAKey(key) if isinstance(key, rsa.RSAPrivateKey) else _Ed25519Key(key)


def _body_hash(raw: bytes, start: int) -> bytes:
    """Return ``bh=`` of a body in CRLF: canonicalised as "simple", but not copied.

    All empty lines at its end count as one line end, and so does no body at all
    (RFC 6376 3.4.3).
    """
    end = len(raw)
    while raw.endswith(b"\r\n", start, end):
        end -= 2
    digest = hashlib.sha256(memoryview(raw)[start:end])
    digest.update(b"\r\n")
    return base64.b64encode(digest.digest())


class _Message(dkim.DKIM):  # type: ignore[misc]
    """The head of a message to sign, and the hash of its body."""

    def __init__(
        self, head: bytes, body_hash: bytes, key: _RSAKey | _Ed25519Key
    ) -> None:
        super().__init__(head)
        self._key = key
        self._own = {b"a": key.algorithm, b"bh": body_hash}
        self.names = [name.lower() for name, _ in self.headers]

    def signature(self, selector: str, domain: str, names: Sequence[bytes]) -> bytes:
        """Return the header, with its line ends."""
        header: bytes = self.sign(
            selector.encode("ascii"),
            domain.encode("ascii"),
            _PLACEHOLDER,
            canonicalize=(b"relaxed", b"simple"),
            include_headers=names,
        )
        return header

    def gen_header(self, fields: Any, *args: Any, **kw: Any) -> bytes:
        """Sign with our key, and put what is ours into the tags."""
        include_headers, canon_policy, header_name, _, *rest = args
        fields[:] = [(tag, self._own.get(tag, value)) for tag, value in fields]
        self.signature_algorithm = b"ed25519-sha256"
        header: bytes = super().gen_header(
            fields,
            include_headers,
            canon_policy,
            header_name,
            self._key,
            *rest,
            **kw,
        )
        return header
