"""The end of a DKIM key: retired in peace, revoked at once, or given up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seacucumber import dkim_keys
from seacucumber.admin.dkim.confirmation import ConfirmPage
from seacucumber.admin.dkim.consequences import retirement, unsigned
from seacucumber.admin.dkim.display import NEEDS_RECORD
from seacucumber.admin.dkim.forms import ReasonForm
from seacucumber.admin.dkim.views import ABANDON, ACTIVATE, REVOKE
from seacucumber.enums import DkimState
from seacucumber.models import DkimKey


class RetirePage(ConfirmPage):
    """Stops signing with a key, in peace."""

    title = gettext_lazy("Stop signing")
    needs = change_permission = ACTIVATE
    states = frozenset({DkimState.ACTIVE})
    label = gettext_lazy("Stop signing with it")
    logged = "Retired it."
    grave = True

    def question(self, key: DkimKey) -> str:
        """Return what is asked."""
        return _("Stop signing with it, with no other key in its place?")

    def consequences(self, key: DkimKey) -> Iterator[str]:
        """Return what follows."""
        yield unsigned(key)
        yield _("To put another key in its place, rotate it instead.")
        yield _(
            "Its record has to stay in DNS for %(time)s, for mail that is under way."
            " For as long you can go back to it."
        ) % {"time": retirement()}

    def act(self, key: DkimKey, actor: str, data: dict[str, Any]) -> DkimKey:
        """Retire it."""
        return dkim_keys.retire(key, actor=actor)

    def done(self, key: DkimKey) -> str:
        """Return what has been done."""
        return _("It does not sign any more. Leave its record in DNS for now.")


class RevokePage(ConfirmPage):
    """Ends a key that somebody else may have."""

    title = gettext_lazy("Revoke")
    needs = change_permission = REVOKE
    states = NEEDS_RECORD
    label = gettext_lazy("Revoke it now")
    logged = "Revoked it."
    grave = True
    form_class = ReasonForm

    def question(self, key: DkimKey) -> str:
        """Return what is asked."""
        return _("Revoke it at once?")

    def consequences(self, key: DkimKey) -> Iterator[str]:
        """Return what follows."""
        yield _(
            "This is for a key that somebody else may have. Its private half is"
            " destroyed now; that cannot be undone."
        )
        if key.state == DkimState.ACTIVE:
            yield unsigned(key)
        yield _(
            "Mail under way that is signed with it fails verification once its record"
            " is gone. Take the record out of DNS, or put the revoked one in its place:"
            " its page has it."
        )

    def act(self, key: DkimKey, actor: str, data: dict[str, Any]) -> DkimKey:
        """Revoke it."""
        return dkim_keys.revoke(key, actor=actor, reason=data["reason"])

    def done(self, key: DkimKey) -> str:
        """Return what is next."""
        return _("Its private half is destroyed. Now take its record out of DNS.")


class AbandonPage(ConfirmPage):
    """Ends a key that never signed."""

    title = gettext_lazy("Give up")
    needs = change_permission = ABANDON
    states = frozenset({DkimState.PENDING, DkimState.PUBLISHED})
    label = gettext_lazy("Give it up")
    logged = "Gave it up."
    grave = True

    def question(self, key: DkimKey) -> str:
        """Return what is asked."""
        return _("Give this key up?")

    def consequences(self, key: DkimKey) -> Iterator[str]:
        """Return what follows."""
        yield _("It has never signed, so no mail is concerned.")
        yield _("Its private half is destroyed; that cannot be undone.")
        yield _("Its selector is not used again. Take its record out of DNS.")

    def act(self, key: DkimKey, actor: str, data: dict[str, Any]) -> DkimKey:
        """Give it up."""
        return dkim_keys.abandon(key, actor=actor)

    def done(self, key: DkimKey) -> str:
        """Return what has been done."""
        return _("It is given up, and its private half is destroyed.")
