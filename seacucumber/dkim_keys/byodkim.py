"""Keys that SES signs with: Bring Your Own DKIM (BYODKIM).

https://docs.aws.amazon.com/ses/latest/dg/send-email-authentication-dkim-bring-your-own.html
"""

from __future__ import annotations

from django.db.models import F, Q
from django.views.decorators.debug import sensitive_variables

from seacucumber.conf import DEFAULT_MAILER, Mailer, get_mailer, mailer_aliases
from seacucumber.db.retry import persist
from seacucumber.dkim_keys.errors import KeyRefused, WrongState
from seacucumber.dkim_keys.storage import database, now, private_key_of
from seacucumber.dkim_keys.takeover import expect, expect_published, take_over
from seacucumber.enums import DkimState, DkimUse, IdentityStatus
from seacucumber.exceptions import NotFound
from seacucumber.models import DkimKey, Identity
from seacucumber.models.account.dkim_key_transitions import Change
from seacucumber.refresh_schedule import paced
from seacucumber.ses.account import dkim
from seacucumber.ses.account.identity_details import Details, read_details
from seacucumber.signing import (
    KeyUnreadable,
    SigningError,
    checked_label,
    to_pkcs1_der_b64,
)

#: `DkimKey.ses_status` of a key in whose place SES has got another one.
REPLACED = "replaced"
#: How long the database may keep back what SES has done.
_PATIENCE_S = 10.0
_SIGNING = (DkimState.PUBLISHED, DkimState.ACTIVE, DkimState.RETIRING)


@sensitive_variables("private_key_b64")
def push(key: DkimKey, *, alias: str = DEFAULT_MAILER, actor: str) -> DkimKey:
    """Hand a key to SES. It is active when SES says that it has found its record.

    Until then SES may leave mail of the domain without a signature of the domain. Not
    to be called inside a transaction.

    Args:
        alias: The mailer whose account is to sign with it.
        actor: The name of the user, empty if it goes by itself.

    Raises:
        NotPublished: if its record is not seen in DNS.
        WrongState: if it is not published, active or retiring.
        KeyRefused: if SES does not take such a key.
        KeyUnreadable: if no configured encryption key opens it.
        AccountError: if SES refuses.
    """
    if key.use != DkimUse.SES:
        raise KeyRefused(
            "use",
            f"{key} signs each message here. Make a key that SES signs with, and hand"
            " that one over.",
        )
    expect(key, (DkimState.PENDING, *_SIGNING), "is handed to SES")
    expect_published(key)
    mailer, private_key_b64 = _mailer(alias), _for_ses(key)
    with paced(mailer):
        status = dkim.bring_own_key(
            mailer,
            key.domain,
            selector=key.selector,
            private_key_b64=private_key_b64,
        )
    at = now()
    change = Change(at=at, actor=actor, note=f"Handed to SES (mailer {mailer.alias}).")
    _keep_status(key, _word(status), change, ses_pushed_at=at, mailer=mailer.alias)
    return key


def follow_push(key: DkimKey) -> DkimKey:
    """Ask SES how far it is with a key; on success it is active.

    Not to be called inside a transaction. `DkimKey.ses_status` is `REPLACED` if SES
    has another key by now, or has lost the domain.

    Raises:
        WrongState: if it was not handed over.
        AccountError: if SES does not tell.
    """
    if not key.ses_status:
        raise WrongState(f"{key} was not handed to SES.")
    mailer = _mailer(key.mailer)
    try:
        with paced(mailer):
            status = _status_of(key, read_details(mailer, key.domain))
    except NotFound:
        status = REPLACED
    if status != key.ses_status:
        note = f"SES says: {status.replace('-', ' ')}."
        _keep_status(key, status, Change(at=now(), actor="", note=note))
        _look_again(mailer, key.domain)
    waiting = key.state in (DkimState.PUBLISHED, DkimState.RETIRING)
    if status == IdentityStatus.VERIFIED and waiting:
        _sign_with(key)
    return key


def take_back(key: DkimKey, *, actor: str) -> None:
    """Have SES sign with its own keys again, if it signs with this one, or is to.

    Args:
        actor: The name of the user.

    Raises:
        KeyRefused: if the mailer whose account has it is gone.
        AccountError: if SES cannot be told.
    """
    if key.ses_status in ("", REPLACED) or _is_replaced(key):
        return
    mailer = _mailer(key.mailer)
    note = "SES signs with its own keys again (Easy DKIM)."
    try:
        with paced(mailer):
            dkim.use_easy_dkim(mailer, key.domain)
    except NotFound:
        note = "SES does not have the domain any more."
    _keep_status(key, "", Change(at=now(), actor=actor, note=note))
    _look_again(mailer, key.domain)


def seems_replaced(key: DkimKey) -> bool:
    """Tell whether SES's identities, as last refreshed, say that a key is not used.

    Somebody may have changed it in AWS. Asks only the database.

    Raises:
        KeyRefused: if the mailer whose account has it is gone.
    """
    known = Identity.objects.filter(
        pace_key=_mailer(key.mailer).pace_key, name__iexact=key.domain
    ).exclude(details_at=None)
    good = Q(own_key=True, dkim_status=IdentityStatus.VERIFIED)
    return known.exclude(good).exists()


def signs_at_ses(key: DkimKey) -> bool:
    """Tell whether SES signs for the domain of a key with which we would.

    As its identities were last refreshed; asks only the database.
    """
    if key.use != DkimUse.MESSAGE:
        return False
    rows = Identity.objects.filter(name=key.domain)
    return rows.filter(dkim_status=IdentityStatus.VERIFIED).exists()


def _sign_with(key: DkimKey) -> None:
    """Make a key active that SES signs with."""
    note = "SES has found its record, and signs with it."
    take_over(key, Change(at=now(), note=note))
    DkimKey.objects.filter(
        domain=key.domain, use=DkimUse.SES, mailer=key.mailer
    ).exclude(pk=key.pk).exclude(ses_status="").update(
        ses_status=REPLACED, version=F("version") + 1
    )


def _is_replaced(key: DkimKey) -> bool:
    """Tell whether a newer key was handed to the same account."""
    others = DkimKey.objects.filter(
        domain=key.domain, mailer=key.mailer, ses_pushed_at__gt=key.ses_pushed_at
    )
    return others.exclude(pk=key.pk).exclude(ses_status__in=("", REPLACED)).exists()


def _status_of(key: DkimKey, details: Details) -> str:
    # With a key of one's own, the only token is its selector.
    tokens = [token.lower() for token in details.dkim.tokens]
    if not details.own_key or tokens != [key.selector]:
        return REPLACED
    return _word(details.dkim.status)


@sensitive_variables()
def _for_ses(key: DkimKey) -> str:
    try:
        checked_label(key.selector)
        return to_pkcs1_der_b64(private_key_of(key))
    except KeyUnreadable:
        raise
    except SigningError as error:
        raise KeyRefused("use", str(error)) from error


def _mailer(alias: str) -> Mailer:
    if alias not in mailer_aliases():
        raise KeyRefused("alias", f"There is no mailer {alias!r} in the settings.")
    return get_mailer(alias)


def _keep_status(key: DkimKey, status: str, change: Change, **fields: object) -> None:
    """Write down what SES has done: it is not asked, or told, a second time."""

    def work() -> None:
        keys = DkimKey.objects.using(database())
        keys.filter(pk=key.pk).update(
            ses_status=status, version=F("version") + 1, **fields
        )
        keys.write_down(key, change)

    persist(database(), work, for_s=_PATIENCE_S)
    key.refresh_from_db()


def _look_again(mailer: Mailer, domain: str) -> None:
    """Have the next refresh ask SES about the domain."""
    Identity.objects.filter(pace_key=mailer.pace_key, name__iexact=domain).update(
        details_at=None
    )


def _word(status: str) -> str:
    """Return SES's word as `enums.IdentityStatus` has it."""
    return status.lower().replace("_", "-")[:20]
