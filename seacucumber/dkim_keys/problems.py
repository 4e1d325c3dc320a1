"""Problems with DKIM keys that need an operator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from seacucumber.conf import get_dkim
from seacucumber.db.clock import aware
from seacucumber.dkim_keys.byodkim import REPLACED
from seacucumber.dkim_keys.check_policy import BAD_LOOKS
from seacucumber.dkim_keys.storage import now, private_key_of
from seacucumber.dns import KeyResult
from seacucumber.enums import DkimState, DkimUse, IdentityStatus
from seacucumber.models import DkimKey
from seacucumber.models.account.dkim_key_transitions import KEYLESS
from seacucumber.signing import SigningError

#: How long after its rotation was due an active key is a problem.
OVERDUE = timedelta(days=30)
_QUIET = (DkimState.ARCHIVED, DkimState.ABANDONED)
_SIGNING = (DkimState.PUBLISHED, DkimState.ACTIVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyProblem:
    """One thing that somebody has to do.

    Args:
        summary: What is the matter, in plain words.
        remedy: What to do.
        urgent: Mail suffers, or soon will.
    """

    key: DkimKey
    summary: str
    remedy: str
    urgent: bool = False


def key_problems() -> tuple[KeyProblem, ...]:
    """Return what needs somebody, the urgent first. Asks only the database."""
    at = now()
    keys = DkimKey.objects.exclude(state__in=_QUIET).order_by("domain", "pk")
    found = [problem for key in keys for look in _LOOKS for problem in look(key, at)]
    return tuple(sorted(found, key=lambda problem: not problem.urgent))


def _unreadable(key: DkimKey, at: datetime) -> Iterator[KeyProblem]:
    if key.state not in _SIGNING:
        return
    try:
        private_key_of(key)
    except SigningError as error:
        yield KeyProblem(
            key=key,
            summary=str(error),
            remedy=_("Put the encryption key back, or activate another key."),
            urgent=key.state == DkimState.ACTIVE,
        )


def _record_of_active(key: DkimKey, at: datetime) -> Iterator[KeyProblem]:
    if key.state != DkimState.ACTIVE:
        return
    if key.bad_checks:
        yield KeyProblem(
            key=key,
            summary=_("%(key)s signs, and receivers cannot verify it. %(note)s")
            % {"key": key, "note": key.note},
            remedy=_(
                "Publish its record as the key's page shows it, or activate another"
                " key."
            ),
            urgent=key.bad_checks >= BAD_LOOKS,
        )
    elif key.result == KeyResult.TESTING:
        yield KeyProblem(
            key=key, summary=f"{key}: {key.note}", remedy=_("Change its record.")
        )
    elif not key.result:
        yield KeyProblem(
            key=key,
            summary=_("%(key)s signs, and nobody has looked for its record yet.")
            % {"key": key},
            remedy=_(
                "Check it now. If that stays so, beat or the worker does not run."
            ),
        )


def _record_of_waiting(key: DkimKey, at: datetime) -> Iterator[KeyProblem]:
    if key.state == DkimState.PENDING and not key.good_checks:
        seen = f" {key.note}" if key.note else ""
        yield KeyProblem(
            key=key,
            summary=_("%(key)s waits for its record in DNS.%(seen)s")
            % {"key": key, "seen": seen},
            remedy=_(
                "Publish its record as the key's page shows it, or give the key up."
            ),
        )
    elif key.state == DkimState.PENDING and key.note:
        yield KeyProblem(
            key=key, summary=f"{key}: {key.note}", remedy=_("Give the key up.")
        )
    elif key.state == DkimState.PUBLISHED and key.bad_checks:
        yield KeyProblem(
            key=key,
            summary=_("The record of %(key)s was there, and is not any more. %(note)s")
            % {"key": key, "note": key.note},
            remedy=_("Publish it again."),
        )
    elif key.state == DkimState.PUBLISHED and not key.activates_itself:
        hand = key.use == DkimUse.SES
        if not key.ses_status:
            yield KeyProblem(
                key=key,
                summary=_("%(key)s is published, and does not sign yet.")
                % {"key": key},
                remedy=_("Hand it to SES.") if hand else _("Activate it."),
            )


def _record_of_old(key: DkimKey, at: datetime) -> Iterator[KeyProblem]:
    if key.state == DkimState.RETIRING and key.bad_checks:
        yield KeyProblem(
            key=key,
            summary=_(
                "The record of %(key)s is gone too early: mail that is under"
                " way cannot be verified."
            )
            % {"key": key},
            remedy=_("Publish it again until the key's retirement is over."),
        )
    elif key.state == DkimState.REVOKING:
        yield KeyProblem(
            key=key,
            summary=_(
                "The private key of %(key)s is destroyed, and its record is"
                " still in DNS."
            )
            % {"key": key},
            remedy=_("Remove its record, or publish it with an empty p=."),
        )
    elif key.state == DkimState.REVOKED and key.result == KeyResult.MATCH:
        yield KeyProblem(
            key=key,
            summary=_("The record of %(key)s is in DNS again, although it was revoked.")
            % {"key": key},
            remedy=_("Remove it."),
        )


def _age(key: DkimKey, at: datetime) -> Iterator[KeyProblem]:
    if key.state != DkimState.ACTIVE or key.activated_at is None:
        return
    age = aware(at) - aware(key.activated_at)
    if age > timedelta(seconds=get_dkim().rotate_after_s) + OVERDUE:
        yield KeyProblem(
            key=key,
            summary=_("%(key)s signs for %(days)s days now; its rotation is overdue.")
            % {"key": key, "days": age.days},
            remedy=_("Rotate it, and publish the record of its successor."),
        )


def _in_ses(key: DkimKey, at: datetime) -> Iterator[KeyProblem]:
    if key.state in KEYLESS and key.ses_status not in ("", REPLACED):
        yield KeyProblem(
            key=key,
            summary=_("The private key of %(key)s is destroyed here; SES still has it.")
            % {"key": key},
            remedy=_(
                "SES is told again every ten minutes; if that stays so, change DKIM"
                " of the domain in the AWS console."
            ),
            urgent=True,
        )
    elif key.ses_status == IdentityStatus.FAILED:
        yield KeyProblem(
            key=key,
            summary=_("SES did not find the record of %(key)s in 72 hours.")
            % {"key": key},
            remedy=_("Check its record, and hand the key to SES again."),
            urgent=key.state == DkimState.ACTIVE,
        )
    elif key.ses_status == REPLACED and key.state == DkimState.ACTIVE:
        yield KeyProblem(
            key=key,
            summary=_("%(key)s is active here, but SES signs with something else.")
            % {"key": key},
            remedy=_("Hand it to SES again, or retire it."),
            urgent=True,
        )


_LOOKS: tuple[Callable[[DkimKey, datetime], Iterator[KeyProblem]], ...] = (
    _unreadable,
    _record_of_active,
    _record_of_waiting,
    _record_of_old,
    _age,
    _in_ses,
)
