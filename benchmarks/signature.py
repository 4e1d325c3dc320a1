"""What a DKIM signature with RSA-2048 costs, for 2 KB and for 10 MB."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Sequence
from functools import partial

import dkim
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from benchmarks import tables
from benchmarks.backends import private_key_pem
from benchmarks.cases import Case, Group, Sample, measure_in_turns
from benchmarks.letters import SIGNED_DOMAIN
from seacucumber.conf.dkim import RECOMMENDED_HEADERS
from seacucumber.signing import Signer

SMALL_RATIO_MAX = 1.8
LARGE_RATIO_MAX = 4.0
_ROUNDS, _WITHIN_S = 11, 60.0
_HEADERS = ("From", "To", "Subject")
_HEAD = (
    b"From: Post Room <post@signed.example.com>\r\nTo: customer@example.org\r\n"
    b"Subject: Your order is on its way\r\nMIME-Version: 1.0\r\n"
    b"Message-ID: <1@signed.example.com>\r\nContent-Type: text/plain\r\n\r\n"
)
_LINE = b"Your order has left our warehouse and will be with you in two days.\r\n"
_SMALL = _HEAD + _LINE * 27
_LARGE = _HEAD + _LINE * (10_000_000 // len(_LINE))
_ORDINARY = "seacucumber, settings"
_OVERSIGNED = "seacucumber, stored key (13 headers, oversigned)"


def run() -> bool:
    """Measure signatures alone, in half a minute, and print the table.

    Returns:
        Whether both sizes stay within their ratios.
    """
    small, large = groups()
    load = os.getloadavg()[0]
    rounds = measure_in_turns(
        (small, large), within_s=_WITHIN_S, rounds_max=_ROUNDS, tell=tables.tell
    )
    print(f"\nLoad {load:.1f} before; medians of {rounds} rounds in turns.\n")
    print("\n".join(tables.table((small, large))))
    good = _within(small, SMALL_RATIO_MAX) and _within(large, LARGE_RATIO_MAX)
    print(
        f"\nAt most {SMALL_RATIO_MAX:g} and {LARGE_RATIO_MAX:g} times the first row:"
        f" {'yes' if good else 'NO'}."
    )
    return good


def groups() -> tuple[Group, Group]:
    """Return the cases."""
    pem = private_key_pem().encode()
    key = serialization.load_pem_private_key(pem, None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("The key of the run is not RSA.")
    bare = partial(key.sign, _SMALL, padding.PKCS1v15(), hashes.SHA256())
    hashed = partial(hashlib.sha256, _LARGE)
    return (
        Group(
            title="A DKIM signature, RSA-2048, 2 KB",
            cases=[
                _case("cryptography, bare", bare, 500),
                *_signatures(pem, key, _SMALL, 500, 50),
            ],
        ),
        Group(
            title="A DKIM signature, RSA-2048, 10 MB",
            cases=[
                _case("SHA-256 of it", hashed, 10),
                *_signatures(pem, key, _LARGE, 10, 2),
            ],
        ),
    )


def _signatures(
    pem: bytes, key: rsa.RSAPrivateKey, raw: bytes, count: int, stock_count: int
) -> Sequence[Case]:
    names = {"domain": SIGNED_DOMAIN, "selector": "ses"}
    ordinary = Signer(**names, private_key=key, headers=_HEADERS)
    oversigned = Signer(
        **names, private_key=key, headers=RECOMMENDED_HEADERS, oversign=True
    )
    stock = partial(
        dkim.sign,
        raw,
        b"ses",
        SIGNED_DOMAIN.encode(),
        pem,
        include_headers=[name.lower().encode() for name in _HEADERS],
        canonicalize=(b"relaxed", b"simple"),
    )
    return [
        _case(_ORDINARY, partial(ordinary.sign, raw), count),
        _case(_OVERSIGNED, partial(oversigned.sign, raw), count),
        _case("dkimpy, stock", stock, stock_count),
    ]


def _within(group: Group, ratio_max: float) -> bool:
    yardstick = group.cases[0].cpu_ms
    ours = [case for case in group.cases if case.title in (_ORDINARY, _OVERSIGNED)]
    return all(case.cpu_ms <= ratio_max * yardstick for case in ours)


def _case(title: str, call: Callable[[], object], count: int) -> Case:
    return Case(title=title, run=partial(_repeat, call), count=count, warm_up=2)


def _repeat(call: Callable[[], object], count: int) -> Sample:
    cpu_s, wall_s = time.process_time(), time.perf_counter()
    for _ in range(count):
        call()
    return Sample(
        count=count,
        cpu_s=time.process_time() - cpu_s,
        wall_s=time.perf_counter() - wall_s,
    )
