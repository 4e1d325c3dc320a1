"""DKIM signatures (RFC 6376, RFC 8301), made by dkimpy with RSA from `cryptography`.

dkimpy builds the header and its hash, and for Ed25519 keys asks an object to sign that
hash. Its own RSA is made of Python integers and takes 17 times as long as OpenSSL for
2048 bits; so an object that signs with OpenSSL stands in for the Ed25519 key.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import dkim
import idna
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from seacucumber.exceptions import SeaCucumberError

KEY_BITS_MIN = 1024

# SES replaces, removes or adds these:
# https://docs.aws.amazon.com/ses/latest/dg/send-email-authentication-dkim-manual.html
# The rest are changed on the way (RFC 6376 5.4), or are the signature itself.
_NEVER_SIGNED = frozenset(
    {
        "bcc",
        "bounces-to",
        "comments",
        "date",
        "dkim-signature",
        "keywords",
        "message-id",
        "received",
        "resent-bcc",
        "return-path",
    }
)
_HEADER_NAME = re.compile(r"[!-9;-~]+")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"
_SELECTOR = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")
# dkimpy folds longer ones in two, and verifiers then read another name.
_NAME_MAX = 68

_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----", re.DOTALL)
_OWN_SIGNATURE = re.compile(
    rb"^dkim-signature[ \t]*:[^\n]*\n(?:[ \t][^\n]*\n)*", re.IGNORECASE | re.MULTILINE
)

# What dkimpy reads as an RSA key: nine INTEGERs of one octet. It never signs.
_PLACEHOLDER = b"--\nMBsCAQACAQACAQACAQACAQACAQACAQACAQACAQA=\n--"
_PADDING = padding.PKCS1v15()
_DIGEST = Prehashed(hashes.SHA256())


class SigningError(SeaCucumberError):
    """A DKIM signature cannot be made with this key, domain, selector or message."""


class Signer:
    """Signs messages for one domain; the key is parsed once.

    Args:
        domain: The signing domain (``d=``).
        selector: Where the public key is published (``s=``).
        private_key_pem: RSA, at least 1024 bits, PKCS#1 or PKCS#8. CRLF, indentation
            and ``\\n`` written as two characters are understood.
        headers: Names of the headers to sign, From among them. Those that a message
            does not have are left out, as in Sea Cucumber 1.5.

    Raises:
        SigningError: if any of them cannot be used.
    """

    def __init__(
        self,
        *,
        domain: str,
        selector: str,
        private_key_pem: str | bytes,
        headers: Sequence[str],
    ) -> None:
        self._domain = _checked_domain(domain)
        self._selector = _checked_selector(selector)
        self._headers = _checked_headers(headers)
        self._key = _RSAKey(load_private_key(private_key_pem))

    def __repr__(self) -> str:
        return f"<Signer d={self._domain} s={self._selector}>"

    def sign(self, raw: bytes) -> bytes:
        """Return a message with our signature on top, and no other DKIM-Signature.

        SES refuses a message with two of them; one that is there already belongs to
        an earlier sending, whose Date and Message-ID SES replaces. The rest of the
        message is not changed: relaxed headers, simple body.

        Args:
            raw: As `seacucumber.envelope` freezes it: CRLF only.

        Raises:
            SigningError: if it has no From, headers that cannot be read, or line ends
                other than CRLF, which the next server would change.
        """
        if not raw.count(b"\n") == raw.count(b"\r") == raw.count(b"\r\n"):
            raise SigningError("The message has line ends that are not CRLF.")
        if not raw.endswith(b"\r\n"):
            raw += b"\r\n"  # A relay would add it and break the signature.
        head, empty_line, body = raw.partition(b"\r\n\r\n")
        head = _OWN_SIGNATURE.sub(b"", head + b"\r\n")
        try:
            signature = _Message(head, body, self._key).signature(
                self._selector, self._domain, self._headers
            )
        except (dkim.DKIMException, IndexError) as error:
            # IndexError: dkimpy's answer to a first line that is a continuation.
            raise SigningError(
                f"The message cannot be signed: {error or 'unreadable headers'}."
            ) from error
        return b"".join((signature, head, b"\r\n" if empty_line else b"", body))

    def covers(self, sender: str) -> bool:
        """Tell whether a sender is in our domain or below it, as DMARC wants."""
        domain = sender.rpartition("@")[2].lower()
        return domain == self._domain or domain.endswith(f".{self._domain}")


def load_private_key(private_key_pem: str | bytes) -> rsa.RSAPrivateKey:
    """Return the RSA key of a PEM text, checked.

    Raises:
        SigningError: with the reason; never with the text itself.
    """
    try:
        key = serialization.load_pem_private_key(_canonical_pem(private_key_pem), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SigningError(
            f"The DKIM private key cannot be read ({type(error).__name__}): it is"
            " damaged, or of a kind that is not understood."
        ) from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise SigningError(
            "The DKIM private key is not an RSA key. Few receivers understand others,"
            " and SES does not take a second signature beside one."
        )
    if key.key_size < KEY_BITS_MIN:
        raise SigningError(
            f"The DKIM private key has {key.key_size} bits; at least {KEY_BITS_MIN} are"
            " needed (RFC 8301 3.2), 2048 are right."
        )
    return key


def _canonical_pem(private_key_pem: str | bytes) -> bytes:
    """Return the PEM block in a text, however its lines were treated on the way."""
    text = private_key_pem
    if isinstance(text, bytes):
        text = text.decode("ascii", "replace")
    match = _PEM.search(text.replace("\\r", "").replace("\\n", "\n"))
    if match is None:
        raise SigningError(
            "The DKIM private key is not PEM: it has no '-----BEGIN ...-----' line, or"
            " no '-----END ...-----' to match."
        )
    label, body = match.groups()
    if "ENCRYPTED" in label or "ENCRYPTED" in body:
        raise SigningError(
            "The DKIM private key is encrypted; give it without a passphrase."
        )
    if "PRIVATE KEY" not in label:
        raise SigningError(
            f"The DKIM private key is a {label.lower()}; the private key is needed."
        )
    lines = "\n".join(body.split())
    return f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n".encode("ascii")


def _checked_domain(domain: str) -> str:
    try:
        name = domain.lower() if domain.isascii() else _a_label(domain)
    except idna.IDNAError as error:
        raise SigningError(
            f"The DKIM domain {domain!a} is not valid: {error}."
        ) from None
    if not _DOMAIN.fullmatch(name) or len(name) > _NAME_MAX:
        raise SigningError(
            f"The DKIM domain must be a domain of at most {_NAME_MAX} characters, not"
            f" {domain!a}."
        )
    return name


def _a_label(domain: str) -> str:
    return idna.encode(domain, uts46=True).decode("ascii")


def _checked_selector(selector: str) -> str:
    if not _SELECTOR.fullmatch(selector) or len(selector) > _NAME_MAX:
        raise SigningError(
            f"The DKIM selector must be a name in the DNS of at most {_NAME_MAX}"
            f" characters, not {selector!a}."
        )
    return selector


def _checked_headers(headers: Sequence[str]) -> tuple[bytes, ...]:
    """Return the names in lower case, each once."""
    names = list(dict.fromkeys(name.strip().lower() for name in headers))
    never = [n for n in names if n in _NEVER_SIGNED or n.startswith("x-ses-")]
    if never:
        raise SigningError(
            f"DKIM must not sign {', '.join(never)}: SES or the servers on the way"
            " change it, and the signature would break."
        )
    invalid = [n for n in names if not _HEADER_NAME.fullmatch(n)]
    if invalid:
        raise SigningError(f"DKIM cannot sign {invalid[0]!a}: it is no header name.")
    if "from" not in names:
        raise SigningError("DKIM must sign From (RFC 6376 5.4).")
    return tuple(name.encode("ascii") for name in names)


class _Signature:
    """What PyNaCl's ``SigningKey.sign`` returns."""

    __slots__ = ("signature",)

    def __init__(self, signature: bytes) -> None:
        self.signature = signature


class _RSAKey:
    """What dkimpy takes for PyNaCl's ``SigningKey``."""

    __slots__ = ("_key",)

    def __init__(self, key: rsa.RSAPrivateKey) -> None:
        self._key = key

    def sign(self, digest: bytes) -> _Signature:
        return _Signature(self._key.sign(digest, _PADDING, _DIGEST))


class _Message(dkim.DKIM):  # type: ignore[misc]
    """A message to sign. Its body is known to be in CRLF, and is taken as it is."""

    def __init__(self, head: bytes, body: bytes, key: _RSAKey) -> None:
        super().__init__(head)
        self.body = body
        self._rsa_key = key

    def signature(
        self, selector: str, domain: str, candidates: Sequence[bytes]
    ) -> bytes:
        """Return the header, with its line ends."""
        present = {name.lower() for name, _ in self.headers}
        if b"from" not in present:
            raise SigningError("The message has no From header, which must be signed.")
        header: bytes = self.sign(
            selector.encode("ascii"),
            domain.encode("ascii"),
            _PLACEHOLDER,
            canonicalize=(b"relaxed", b"simple"),
            include_headers=[name for name in candidates if name in present],
        )
        return header

    def gen_header(self, fields: Any, *args: Any, **kw: Any) -> bytes:
        """Sign with our key. The tag ``a=rsa-sha256`` is in the fields already."""
        include_headers, canon_policy, header_name, _, *rest = args
        self.signature_algorithm = b"ed25519-sha256"
        header: bytes = super().gen_header(
            fields,
            include_headers,
            canon_policy,
            header_name,
            self._rsa_key,
            *rest,
            **kw,
        )
        return header
