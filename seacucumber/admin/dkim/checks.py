"""What asks DNS or SES about a DKIM key: look it up, hand it over, follow it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seacucumber import dkim_keys
from seacucumber.admin.dkim.confirmation import ConfirmPage
from seacucumber.admin.dkim.display import NEEDS_RECORD
from seacucumber.admin.dkim.explain import now_is
from seacucumber.admin.dkim.forms import KeyAccountForm
from seacucumber.admin.dkim.views import CHANGE, PUSH, KeyAction
from seacucumber.dns import KeyResult
from seacucumber.enums import DkimState, DkimUse, IdentityStatus
from seacucumber.models import DkimKey
from seacucumber.text.sanitize import sanitize


class CheckKey(KeyAction):
    """Looks its record up in DNS."""

    change_permission = CHANGE

    def act(self, request: HttpRequest) -> None:
        """Look, and say what is there and what follows."""
        before = self.key.state
        checked = dkim_keys.check(self.key, actor=request.user.get_username())
        self.key = checked.key
        self.model_admin.log_change(request, self.key, "Looked up its DNS record.")
        finding = checked.finding
        if finding.result == KeyResult.TEMPORARY_FAILURE:
            level, words = messages.WARNING, _("The name servers did not tell:")
        elif self.key.state not in NEEDS_RECORD:
            level, words = _of_revoked(finding.result)
        elif finding.result == KeyResult.MATCH:
            level, words = messages.SUCCESS, _("DNS has its record.")
        else:
            level, words = messages.WARNING, _("DNS does not have it as it should:")
        moved = ""
        if self.key.state != before:
            moved = _("It is %(state)s now.") % {"state": self.key.get_state_display()}
        parts = (words, sanitize(finding.note), moved)
        messages.add_message(request, level, " ".join(filter(None, parts)))


class PushPage(ConfirmPage):
    """Hands a key to SES, which signs with it from then on (BYODKIM)."""

    title = gettext_lazy("Hand to Amazon SES")
    needs = change_permission = PUSH
    states = frozenset({DkimState.PUBLISHED, DkimState.ACTIVE, DkimState.RETIRING})
    label = gettext_lazy("Hand it to SES")
    logged = "Handed it to SES."
    grave = True
    form_class = KeyAccountForm

    def question(self, key: DkimKey) -> str:
        """Return what is asked."""
        return _("Let Amazon SES sign mail from %(domain)s with it?") % {
            "domain": sanitize(key.domain)
        }

    def consequences(self, key: DkimKey) -> Iterator[str]:
        """Return what follows."""
        yield _(
            "SES is given the private half, and signs every message from %(domain)s"
            " with it, after everything it adds or changes itself."
        ) % {"domain": sanitize(key.domain)}
        yield _(
            "It takes the place of the key that SES signs with now, be it Easy DKIM's."
            " SES first looks for the record, which takes minutes, and up to 72 hours;"
            " until it has found it, mail may leave without a signature of the domain."
            " Choose a quiet hour."
        )

    def act(self, key: DkimKey, actor: str, data: dict[str, Any]) -> DkimKey:
        """Hand it over."""
        return dkim_keys.push(key, alias=data["mailer"], actor=actor)

    def done(self, key: DkimKey) -> str:
        """Return what is next."""
        return now_is(key)

    def possible(self, key: DkimKey) -> bool:
        """Only if it was made for SES."""
        return super().possible(key) and key.use == DkimUse.SES


class FollowKey(KeyAction):
    """Asks SES how far it is with a key."""

    change_permission = PUSH

    def act(self, request: HttpRequest) -> None:
        """Ask, and say what SES says."""
        self.key = dkim_keys.follow_push(self.key)
        self.model_admin.log_change(request, self.key, "Asked SES about it.")
        said = _("SES says: %(status)s.") % {"status": sanitize(self.key.ses_status)}
        signs = (
            self.key.state == DkimState.ACTIVE
            and self.key.ses_status == IdentityStatus.VERIFIED
        )
        level = messages.SUCCESS if signs else messages.INFO
        messages.add_message(request, level, f"{said} {now_is(self.key)}")


def _of_revoked(result: KeyResult) -> tuple[int, str]:
    if result == KeyResult.MATCH:
        return messages.WARNING, _("DNS still has its record: take it out.")
    return messages.SUCCESS, _("DNS does not have its record any more.")
