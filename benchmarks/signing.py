"""What a DKIM signature with RSA-2048 costs for 2 KB."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import dkim
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from benchmarks.backends import private_key_pem
from benchmarks.cases import Case, Group, Sample
from benchmarks.letters import SIGNED_DOMAIN
from seacucumber.signing import Signer

_HEADERS = ("From", "To", "Subject")
_RAW = (
    b"From: Post Room <post@signed.example.com>\r\nTo: customer@example.org\r\n"
    b"Subject: Your order is on its way\r\nMIME-Version: 1.0\r\n"
    b"Message-ID: <1@signed.example.com>\r\nContent-Type: text/plain\r\n\r\n"
    + b"Your order has left our warehouse and will be with you in two days.\r\n"
    * 27
)


def group() -> Group:
    """Return the cases."""
    pem = private_key_pem().encode()
    key = serialization.load_pem_private_key(pem, None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("The key of the run is not RSA.")
    signer = Signer(
        domain=SIGNED_DOMAIN, selector="ses", private_key_pem=pem, headers=_HEADERS
    )
    stock = partial(
        dkim.sign,
        _RAW,
        b"ses",
        SIGNED_DOMAIN.encode(),
        pem,
        include_headers=[name.lower().encode() for name in _HEADERS],
        canonicalize=(b"relaxed", b"simple"),
    )
    bare = partial(key.sign, _RAW, padding.PKCS1v15(), hashes.SHA256())
    return Group(
        title="A DKIM signature, RSA-2048, 2 KB",
        cases=[
            Case(title="cryptography, bare", run=partial(_repeat, bare), count=500),
            Case(
                title="seacucumber",
                run=partial(_repeat, partial(signer.sign, _RAW)),
                count=500,
            ),
            Case(title="dkimpy, stock", run=partial(_repeat, stock), count=50),
        ],
    )


def _repeat(call: Callable[[], object], count: int) -> Sample:
    cpu_s, wall_s = time.process_time(), time.perf_counter()
    for _ in range(count):
        call()
    return Sample(
        count=count,
        cpu_s=time.process_time() - cpu_s,
        wall_s=time.perf_counter() - wall_s,
    )
