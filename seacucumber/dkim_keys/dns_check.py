"""Whether a key's record is published, and what follows from it."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from dns.exception import DNSException

from seacucumber import dns
from seacucumber.conf import get_mailer_or_default
from seacucumber.dkim_keys.check_policy import APART, Step, noted, step_after
from seacucumber.dkim_keys.self_test import verifies
from seacucumber.dkim_keys.storage import database, now
from seacucumber.dns import KeyFinding, KeyResult, Resolver
from seacucumber.enums import DkimAlgorithm
from seacucumber.models import DkimKey
from seacucumber.models.account.dkim_key_transitions import Change
from seacucumber.signing import KeyRecord, SigningError


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A look at a key's record.

    Args:
        key: As it is after the look.
    """

    finding: KeyFinding
    key: DkimKey


def record_of(key: DkimKey) -> KeyRecord:
    """Return the record of a key, in all its forms."""
    return KeyRecord(
        domain=key.domain,
        selector=key.selector,
        algorithm=DkimAlgorithm(key.algorithm),
        public_key=key.public_key,
    )


def check(
    key: DkimKey, *, resolver: Resolver | None = None, actor: str = ""
) -> Checked:
    """Look for a key's record in DNS now, and move its state if that follows.

    Takes some seconds where name servers do not answer; never raises for what they
    do or say. A look that fails for now never changes a state.

    Args:
        resolver: Asks other name servers than ``CUCUMBER_DNS_SERVERS``, or those of
            this machine.
        actor: The name of the user, empty if it goes by itself.
    """
    finding = _find(key, resolver)
    fields = noted(key, finding, now())
    step = step_after(key, fields, finding)
    if step is Step.PUBLISH and (problem := _self_test(key, finding.record)):
        finding, step = replace(finding, note=problem), None
        fields["note"] = problem
    with transaction.atomic(using=database()):
        # One that has moved meanwhile is judged by the next look.
        noted_down = DkimKey.objects.filter(pk=key.pk, version=key.version).update(
            **fields
        )
        if noted_down and step:
            _take(step, key, fields["checked_at"], finding, actor)
    key.refresh_from_db()
    return Checked(finding=finding, key=key)


def check_due(*, for_s: float = 20.0) -> int:
    """Look for the records whose time has come, the longest waiting first.

    Args:
        for_s: No further key is begun after so many seconds.

    Returns:
        How many keys were looked at.
    """
    until_s = time.monotonic() + for_s
    at, count = now(), 0
    for key in DkimKey.objects.due(at)[:100]:
        if time.monotonic() > until_s:
            break
        # Of two that look at the same time, one gets the turn.
        if DkimKey.objects.filter(pk=key.pk, next_check_at=key.next_check_at).update(
            next_check_at=at + APART
        ):
            check(key)
            count += 1
    return count


def _find(key: DkimKey, resolver: Resolver | None) -> KeyFinding:
    try:
        asked = resolver or dns.make_resolver(
            get_mailer_or_default(key.mailer).dns_servers
        )
    except (OSError, DNSException) as error:
        note = f"There are no name servers to ask: {error}"
        return KeyFinding(result=KeyResult.TEMPORARY_FAILURE, note=note)
    return dns.check_key(record_of(key).name, key.public_key, key.algorithm, asked)


def _self_test(key: DkimKey, record: str) -> str:
    """Return what keeps a key from being used, although its record is right."""
    try:
        if verifies(key, record):
            return ""
    except SigningError as error:
        return str(error)
    return (
        "A test message that was signed with the stored private key does not verify"
        " with the published record: the private key is another one. Make a new key."
    )


def _take(
    step: Step, key: DkimKey, at: datetime, finding: KeyFinding, actor: str
) -> None:
    keys = DkimKey.objects.using(database())
    match step:
        case Step.PUBLISH:
            note = "Its record is published, and a test message verifies with it."
            keys.publish(key, Change(at=at, actor=actor, note=note))
        case Step.UNPUBLISH:
            keys.unpublish(key, Change(at=at, actor=actor, note=finding.note))
        case Step.CONFIRM_REVOKED:
            note = finding.note or "Its record is revoked."
            keys.confirm_revoked(key, Change(at=at, actor=actor, note=note))
