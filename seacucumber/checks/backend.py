"""Whether Django hands its mail to Sea Cucumber, or to what it takes the place of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning

from seacucumber import conf
from seacucumber.other_backends import BACKENDS

#: Backends that queue mail themselves, or hand it to SES, beside the queue and its
#: pace. Django's own are not among them: with those, mail is kept from leaving on
#: purpose, in tests and in development.
_OTHERS: Mapping[str, str] = {
    path: f"docs/{backend.page}.rst" for backend in BACKENDS for path in backend.paths
}


def check_backend() -> Iterator[CheckMessage]:
    """No mail goes past the queue to the account that it sends with."""
    if conf.is_in_use() or _is_reached_by_another():
        return
    for alias, backend in conf.backends().items():
        if backend in _OTHERS:
            named = conf.names_mailers()
            where = f"BACKEND of MAILERS[{alias!r}]" if named else "EMAIL_BACKEND"
            yield Warning(
                f"{where} is {backend!r}: mail goes past Sea Cucumber, which neither"
                " queues nor counts it.",
                hint=f"Set it to {conf.BACKEND!r}; {_OTHERS[backend]} tells what"
                " becomes of the other settings.",
                id="seacucumber.W035",
            )


def _is_reached_by_another() -> bool:
    """Whether a backend that hands mail on is told to hand it to us."""
    given = getattr(settings, "POST_OFFICE", None)
    post_office: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    handed_on = (
        getattr(settings, "CELERY_EMAIL_BACKEND", None),
        post_office.get("EMAIL_BACKEND"),
        *(post_office.get("BACKENDS") or {}).values(),
    )
    return conf.BACKEND in handed_on
