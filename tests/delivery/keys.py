"""Keys in the database, and what the inbox of SES says about them."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import dkim
from django.utils import timezone

from seacucumber.conf import get_dkim
from seacucumber.enums import DkimAlgorithm, DkimOrigin, DkimState
from seacucumber.models import DkimKey
from seacucumber.models.account.dkim_key_transitions import Change
from seacucumber.signing import (
    KeyRecord,
    PrivateKey,
    SealingKeys,
    generate_private_key,
    public_key_of,
    seal,
    to_pem,
)

_TAGS = re.compile(rb"DKIM-Signature:(.*?)\r\n(?![ \t])", re.DOTALL)


@cache
def private_key(number: int = 0) -> PrivateKey:
    """Return one of the keys of these tests. 1024 bits are quickly made."""
    return generate_private_key(DkimAlgorithm.RSA_SHA256, 1024)


def stored_key(
    domain: str = "example.com",
    selector: str = "one",
    *,
    number: int = 0,
    active: bool = True,
    **fields: Any,
) -> DkimKey:
    """Return a key in the database."""
    private = private_key(number)
    public = public_key_of(private)
    settings = get_dkim()
    keys = SealingKeys(explicit=settings.encryption_keys, secrets=settings.secrets)
    row = DkimKey.objects.create(
        **{
            "domain": domain,
            "selector": selector,
            "algorithm": public.algorithm,
            "key_bits": public.bits,
            "public_key": public.base64,
            "fingerprint": public.fingerprint,
            "private_key_sealed": seal(
                to_pem(private), context=f"{domain}/{selector}", keys=keys
            ),
            "origin": DkimOrigin.GENERATED,
            "created_at": timezone.now(),
            **fields,
        }
    )
    if active:
        assert DkimKey.objects.activate(row, now(), unpublished=True)
    return row


def now() -> Change:
    """Return who moves a key, when and why."""
    return Change(at=timezone.now())


def signatures(raw: bytes) -> list[tuple[str, str]]:
    """Return domain and selector of each signature of a message."""
    found = []
    for field in _TAGS.findall(raw.partition(b"\r\n\r\n")[0] + b"\r\n"):
        pairs = [tag.split(b"=", 1) for tag in re.sub(rb"\s", b"", field).split(b";")]
        tags = {name: value.decode() for name, value in pairs}
        found.append((tags[b"d"], tags[b"s"]))
    return found


def verifies(raw: bytes) -> bool:
    """Return whether dkimpy finds the signature right by the keys in the database."""
    records = {f"{record.name}.": record.value for record in _records()}

    def answer(name: bytes, timeout: int = 5) -> bytes | None:
        text = records.get(name.decode())
        return text.encode() if text else None

    verified: bool = dkim.verify(raw, dnsfunc=answer)
    return verified


def _records() -> list[KeyRecord]:
    return [
        KeyRecord(
            domain=key.domain,
            selector=key.selector,
            algorithm=DkimAlgorithm(key.algorithm),
            public_key=key.public_key,
        )
        for key in DkimKey.objects.exclude(
            state__in=(DkimState.REVOKED, DkimState.REVOKING)
        )
    ]
