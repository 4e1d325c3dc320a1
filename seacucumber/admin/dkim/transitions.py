"""Which DKIM key signs: activate one, go back to one, make the next one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seacucumber import dkim_keys
from seacucumber.admin.dkim.confirmation import ConfirmPage
from seacucumber.admin.dkim.consequences import domain, replacing, retirement, signing
from seacucumber.admin.dkim.explain import now_is
from seacucumber.admin.dkim.forms import RotateForm
from seacucumber.admin.dkim.views import ACTIVATE, OVERRIDE, ROTATE
from seacucumber.enums import DkimState
from seacucumber.models import DkimKey


class ActivatePage(ConfirmPage):
    """Lets a key that is published sign."""

    title = gettext_lazy("Activate")
    needs = change_permission = ACTIVATE
    states = frozenset({DkimState.PUBLISHED})
    label = gettext_lazy("Sign with it")
    logged = "Activated it."

    def question(self, key: DkimKey) -> str:
        """Return what is asked."""
        return _("Sign mail from %(domain)s with it?") % domain(key)

    def consequences(self, key: DkimKey) -> Iterator[str]:
        """Return what follows."""
        yield from signing(key)
        yield from replacing(key)

    def act(self, key: DkimKey, actor: str, data: dict[str, Any]) -> DkimKey:
        """Activate it."""
        return dkim_keys.activate(key, actor=actor)

    def done(self, key: DkimKey) -> str:
        """Return what now is: SES, or a broken record, may stand in its way."""
        return now_is(key)


class OverridePage(ActivatePage):
    """Lets a key sign although its record was not found."""

    title = gettext_lazy("Activate without its record")
    needs = change_permission = OVERRIDE
    states = frozenset({DkimState.PENDING})
    label = gettext_lazy("Sign with it all the same")
    logged = "Activated it although its record was not found."
    grave = True

    def consequences(self, key: DkimKey) -> Iterator[str]:
        """Return what follows."""
        yield _(
            "Its record has not been found in DNS. Receivers that do not find it either"
            " take the mail for unsigned, or for forged: some refuse it, others put it"
            " among the spam. Do this only if you know that the record is there, for"
            " instance where this site cannot ask the name servers of the world."
        )
        yield from super().consequences(key)

    def act(self, key: DkimKey, actor: str, data: dict[str, Any]) -> DkimKey:
        """Activate it."""
        return dkim_keys.activate(key, actor=actor, override=True)


class RotatePage(ConfirmPage):
    """Makes the key that takes over."""

    title = gettext_lazy("Rotate")
    needs = change_permission = ROTATE
    states = frozenset({DkimState.ACTIVE})
    label = gettext_lazy("Make the new key")
    logged = "Made a successor."
    form_class = RotateForm

    def question(self, key: DkimKey) -> str:
        """Return what is asked."""
        return _("Replace it by a new key?")

    def consequences(self, key: DkimKey) -> Iterator[str]:
        """Return what follows."""
        yield _("A new key is made, and its page has the DNS record to publish.")
        yield _("This one goes on signing until DNS has the record of the new one.")
        yield _("Then the new one takes over by itself; no mail is unsigned meanwhile.")
        yield _(
            "The record of this one has to stay in DNS for %(time)s more, for mail that"
            " is under way. You are told when it may go."
        ) % {"time": retirement()}

    def act(self, key: DkimKey, actor: str, data: dict[str, Any]) -> DkimKey:
        """Make it."""
        return dkim_keys.rotate(key, actor=actor, selector=data["selector"])

    def done(self, key: DkimKey) -> str:
        """Return what is next."""
        return _(
            "This is the new key. Publish its record; it then takes over by itself."
        )


class RestorePage(ConfirmPage):
    """Goes back to the key that signed before."""

    title = gettext_lazy("Sign with it again")
    needs = change_permission = ACTIVATE
    states = frozenset({DkimState.RETIRING})
    label = gettext_lazy("Sign with it again")
    logged = "Went back to it."

    def question(self, key: DkimKey) -> str:
        """Return what is asked."""
        return _("Go back to this key?")

    def consequences(self, key: DkimKey) -> Iterator[str]:
        """Return what follows."""
        yield from signing(key)
        yield from replacing(key)

    def act(self, key: DkimKey, actor: str, data: dict[str, Any]) -> DkimKey:
        """Restore it."""
        return dkim_keys.restore(key, actor=actor)

    def done(self, key: DkimKey) -> str:
        """Return what now is, as for one that is activated."""
        return now_is(key)
