"""DKIM keys in each state of their life."""

from __future__ import annotations

from typing import Any

from seacucumber import dkim_keys
from seacucumber.enums import DkimAlgorithm, DkimState, DkimUse
from seacucumber.models import DkimKey
from tests.dkim_keys.conftest import Time, Zone

DOMAIN = "example.com"


def new(domain: str = DOMAIN, **values: Any) -> DkimKey:
    """Return a key that waits for its record: small, so that it is made quickly."""
    return dkim_keys.generate(domain, **{"bits": 1024, "actor": "ann", **values})


def published(zone: Zone, time: Time, key: DkimKey | None = None) -> DkimKey:
    """Return a key whose record was found twice."""
    key = key or new()
    zone.publish(key)
    dkim_keys.check(key)
    time.passes(minutes=11)
    dkim_keys.check(key)
    assert key.state == DkimState.PUBLISHED
    return key


def active(zone: Zone, time: Time, key: DkimKey | None = None) -> DkimKey:
    """Return a key that signs."""
    return dkim_keys.activate(published(zone, time, key), actor="ann")


def for_ses(domain: str = DOMAIN) -> DkimKey:
    """Return a key that SES is to sign with."""
    return new(domain, algorithm=DkimAlgorithm.RSA_SHA256, use=DkimUse.SES)


def again(key: DkimKey) -> DkimKey:
    """Return a key as the database has it."""
    return DkimKey.objects.get(pk=key.pk)


def history(key: DkimKey) -> list[tuple[str, str, str]]:
    """Return what happened to a key: from, to, who."""
    return [
        (event.from_state, event.to_state, event.actor) for event in key.events.all()
    ]
