"""Where DKIM keys come from."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.views.decorators.debug import sensitive_variables

from seacucumber.conf import DEFAULT_MAILER, get_mailer
from seacucumber.dkim_keys.errors import KeyRefused
from seacucumber.dkim_keys.selectors import free_selectors
from seacucumber.dkim_keys.storage import database, now, sealed
from seacucumber.enums import DkimAlgorithm, DkimOrigin, DkimState, DkimUse
from seacucumber.models import DkimKey
from seacucumber.signing import (
    PrivateKey,
    SigningError,
    checked_domain,
    checked_label,
    checked_selector,
    generate_private_key,
    load_private_key,
    public_key_of,
    to_pkcs1_der_b64,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a new key is to be.

    Args:
        selector: Empty takes a free one.
    """

    domain: str
    selector: str
    origin: DkimOrigin
    use: DkimUse = DkimUse.MESSAGE
    cover_subdomains: bool = True
    beside_ses: bool = False
    activates_itself: bool = False
    predecessor: DkimKey | None = None
    mailer: str = ""
    actor: str = ""


@sensitive_variables("private_key")
def generate(
    domain: str,
    *,
    selector: str = "",
    algorithm: DkimAlgorithm = DkimAlgorithm.RSA_SHA256,
    bits: int = 2048,
    use: DkimUse = DkimUse.MESSAGE,
    cover_subdomains: bool = True,
    actor: str = "",
) -> DkimKey:
    """Make a new key, pending.

    Args:
        selector: Empty takes a free one, such as ``ses-202611``.
        bits: Of an RSA key.
        actor: The name of the user.

    Raises:
        KeyRefused: if a key like this cannot be had.
    """
    wanted = Wanted(
        domain=_domain(domain),
        selector=checked_new_selector(selector),
        origin=DkimOrigin.GENERATED,
        use=use,
        cover_subdomains=cover_subdomains,
        actor=actor,
    )
    try:
        private_key = generate_private_key(algorithm, bits)
    except SigningError as error:
        raise KeyRefused("bits", str(error)) from error
    return keep(private_key, wanted)


@sensitive_variables("pem", "private_key")
def import_pem(
    domain: str,
    pem: str,
    *,
    selector: str,
    use: DkimUse = DkimUse.MESSAGE,
    cover_subdomains: bool = True,
    actor: str = "",
) -> DkimKey:
    """Take in a private key, pending.

    Args:
        pem: PKCS#1 or PKCS#8, however its line ends were treated.
        actor: The name of the user.

    Raises:
        KeyRefused: if it cannot be used; never with the text itself.
    """
    wanted = Wanted(
        domain=_domain(domain),
        selector=_selector(selector),
        origin=DkimOrigin.IMPORTED,
        use=use,
        cover_subdomains=cover_subdomains,
        actor=actor,
    )
    return keep(_loaded(pem), wanted)


@sensitive_variables("mailer", "private_key")
def import_settings(alias: str = DEFAULT_MAILER, *, actor: str = "") -> DkimKey:
    """Take in the key of a mailer's ``DKIM_*`` settings, pending.

    Args:
        actor: The name of the user.

    Raises:
        KeyRefused: if there is none, or it is here already.
    """
    mailer = get_mailer(alias)
    if not mailer.dkim_domain or not mailer.dkim_private_key:
        raise KeyRefused(
            "alias",
            f"The mailer {alias!r} has no key in its settings: DKIM_DOMAIN or"
            " DKIM_PRIVATE_KEY is missing.",
        )
    wanted = Wanted(
        domain=_domain(mailer.dkim_domain),
        selector=_selector(mailer.dkim_selector),
        origin=DkimOrigin.SETTINGS,
        actor=actor,
    )
    return keep(_loaded(mailer.dkim_private_key), wanted)


@sensitive_variables("private_key")
def keep(private_key: PrivateKey, wanted: Wanted) -> DkimKey:
    """Store a key, pending.

    Raises:
        KeyRefused: if the selector or the key was used before, or SES does not take it.
    """
    _check_for_ses(private_key, wanted)
    at = now()
    public = public_key_of(private_key)
    _check_unused(wanted, public.fingerprint)
    names = [wanted.selector] if wanted.selector else free_selectors(wanted.domain, at)
    selector = ""
    for selector in names:
        key = DkimKey(
            domain=wanted.domain,
            selector=selector,
            algorithm=public.algorithm,
            key_bits=public.bits,
            public_key=public.base64,
            fingerprint=public.fingerprint,
            origin=wanted.origin,
            use=wanted.use,
            cover_subdomains=wanted.cover_subdomains,
            beside_ses=wanted.beside_ses,
            activates_itself=wanted.activates_itself,
            predecessor=wanted.predecessor,
            mailer=wanted.mailer,
            created_at=at,
            created_by=wanted.actor,
            next_check_at=at,
        )
        key.private_key_sealed = sealed(private_key, context=key.context)
        if _inserted(key, wanted):
            return key
    raise KeyRefused(
        "selector",
        f"The selector {wanted.selector or selector} of {wanted.domain} was used"
        " before. Each is used once: receivers keep the records of old keys.",
    )


def _inserted(key: DkimKey, wanted: Wanted) -> bool:
    try:
        with transaction.atomic(using=database()):
            key.save(force_insert=True)
            key.events.create(
                at=key.created_at,
                actor=wanted.actor,
                from_state="",
                to_state=DkimState.PENDING,
                note=_how(wanted),
            )
    except IntegrityError:
        return False
    return True


def _how(wanted: Wanted) -> str:
    if wanted.predecessor is not None:
        return f"Made to replace {wanted.predecessor}."
    return {
        DkimOrigin.GENERATED: "Generated.",
        DkimOrigin.IMPORTED: "Imported.",
        DkimOrigin.SETTINGS: "Imported from the settings.",
    }[wanted.origin]


def _check_unused(wanted: Wanted, fingerprint: str) -> None:
    same = DkimKey.objects.filter(fingerprint=fingerprint)
    known = same.filter(domain=wanted.domain).first()
    if known is not None:
        raise KeyRefused(
            "pem",
            f"This key is here already, as {known} ({known.get_state_display()}).",
        )


def _check_for_ses(private_key: PrivateKey, wanted: Wanted) -> None:
    if wanted.use != DkimUse.SES:
        return
    try:
        to_pkcs1_der_b64(private_key)
    except SigningError as error:
        raise KeyRefused("use", str(error)) from error
    if wanted.selector:
        checked_new_selector(wanted.selector)


@sensitive_variables("pem")
def _loaded(pem: str) -> PrivateKey:
    try:
        return load_private_key(pem)
    except SigningError as error:
        raise KeyRefused("pem", str(error)) from error


def _domain(domain: str) -> str:
    try:
        return checked_domain(domain.strip().rstrip("."))
    except SigningError as error:
        raise KeyRefused("domain", str(error)) from error


def checked_new_selector(selector: str) -> str:
    """Return a selector for a new key in lower case; empty for a free one.

    Raises:
        KeyRefused: if SES would not take it.
    """
    if not selector.strip():
        return ""
    try:
        return checked_label(selector.strip())
    except SigningError as error:
        raise KeyRefused("selector", str(error)) from error


def _selector(selector: str) -> str:
    """Return the selector of a key that may be published already."""
    try:
        return checked_selector(selector.strip()).lower()
    except SigningError as error:
        raise KeyRefused("selector", str(error)) from error
