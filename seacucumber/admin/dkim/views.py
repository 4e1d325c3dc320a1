"""The page of a DKIM key, and what all pages about one key have in common."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seacucumber import dkim_keys
from seacucumber.admin.common.numbers import ago
from seacucumber.admin.common.ui import plain
from seacucumber.admin.common.views import AskingPage
from seacucumber.admin.dkim.detail import copies, dates, events, grouped, last_look
from seacucumber.admin.dkim.display import NEEDS_RECORD, key_pill, kind_of, ses_pill
from seacucumber.admin.dkim.explain import now_is, ses_signs_instead, verdict
from seacucumber.admin.dkim.forms import OptionsForm
from seacucumber.conf import InvalidSetting
from seacucumber.enums import DkimState, DkimUse, IdentityStatus
from seacucumber.exceptions import SeaCucumberError
from seacucumber.models import DkimKey
from seacucumber.text.sanitize import sanitize

VIEW = "seacucumber.view_dkimkey"
ADD = "seacucumber.add_dkimkey"
CHANGE = "seacucumber.change_dkimkey"
ABANDON = "seacucumber.delete_dkimkey"
ACTIVATE = "seacucumber.activate_dkimkey"
OVERRIDE = "seacucumber.override_dkimkey"
ROTATE = "seacucumber.rotate_dkimkey"
REVOKE = "seacucumber.revoke_dkimkey"
PUSH = "seacucumber.push_dkimkey"

#: What a key's page leads to: the page's name, its permission, and the states.
_WAYS: tuple[tuple[str, str, frozenset[str]], ...] = (
    ("activate", ACTIVATE, frozenset({DkimState.PUBLISHED})),
    ("override", OVERRIDE, frozenset({DkimState.PENDING})),
    ("rotate", ROTATE, frozenset({DkimState.ACTIVE})),
    ("restore", ACTIVATE, frozenset({DkimState.RETIRING})),
    ("retire", ACTIVATE, frozenset({DkimState.ACTIVE})),
    ("abandon", ABANDON, frozenset({DkimState.PENDING, DkimState.PUBLISHED})),
    ("revoke", REVOKE, NEEDS_RECORD - {DkimState.PENDING}),
    ("options", CHANGE, NEEDS_RECORD),
    ("check", CHANGE, NEEDS_RECORD | {DkimState.REVOKING, DkimState.REVOKED}),
)
_PUSHED_FROM = frozenset({DkimState.PUBLISHED, DkimState.RETIRING})


class KeyPage(AskingPage):
    """A page about one key: to see the key is asked for, and what the page does."""

    view_permission = VIEW
    #: Also asked for to look at the page.
    needs: ClassVar[str] = ""
    key: DkimKey

    def dispatch(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """Refuse whoever lacks a permission, before the key is looked for."""
        needed = filter(None, (self.view_permission, self.needs))
        if not request.user.has_perms(list(needed)):
            raise PermissionDenied
        self.key = get_object_or_404(DkimKey, pk=kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    @property
    def url(self) -> str:
        """The address of the key's page."""
        return reverse("admin:seacucumber_dkimkey_change", args=[self.key.pk])


class KeyAction(KeyPage):
    """A POST about one key that leads back to its page."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Do it, and say what came of it."""
        try:
            self.act(request)
        except (SeaCucumberError, InvalidSetting) as error:
            messages.error(request, plain(error))
        return redirect(self.url)

    def act(self, request: HttpRequest) -> None:
        """Do it.

        Raises:
            SeaCucumberError: if it could not be done.
        """
        raise NotImplementedError


class DetailPage(KeyPage):
    """What a key is, its record to publish, and what happened to it."""

    template_name = "seacucumber/admin/dkim/detail.html"
    title = gettext_lazy("DKIM key")

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what the database has; neither DNS nor SES is asked."""
        key, now = self.key, timezone.now()
        return self.render(
            request,
            title=sanitize(str(key)),
            key=key,
            domain=sanitize(key.domain),
            selector=sanitize(key.selector),
            pill=key_pill(key.state),
            kind=kind_of(key),
            verdict=verdict(key, ses_signs=ses_signs_instead(key)),
            fingerprint=grouped(key.fingerprint),
            copies=copies(key),
            dates=dates(key),
            events=events(key),
            look=last_look(key),
            checked=ago(key.checked_at, now),
            ses_pill=ses_pill(key.ses_status),
            pushed=ago(key.ses_pushed_at, now),
            successor=key.successors.order_by("pk").last(),
            may=_ways(request, key),
        )


class OptionsPage(KeyPage):
    """When a key signs: for subdomains, and beside SES."""

    needs = change_permission = CHANGE
    template_name = "seacucumber/admin/dkim/options.html"
    title = gettext_lazy("Options")

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the form."""
        initial = {
            "cover_subdomains": self.key.cover_subdomains,
            "beside_ses": self.key.beside_ses,
        }
        return self._page(request, OptionsForm(initial=initial))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Keep them."""
        form = OptionsForm(request.POST)
        if not form.is_valid():
            return self._page(request, form)
        try:
            dkim_keys.set_options(
                self.key, **form.cleaned_data, actor=request.user.get_username()
            )
        except SeaCucumberError as error:
            messages.error(request, sanitize(str(error)))
            return redirect(self.url)
        self.model_admin.log_change(request, self.key, "Changed its options.")
        messages.success(request, _kept(self.key))
        return redirect(self.url)

    def _page(self, request: HttpRequest, form: OptionsForm) -> HttpResponse:
        title = _("Options of %(key)s") % {"key": sanitize(str(self.key))}
        return self.render(request, title=title, form=form, back=self.url)


def _ways(request: HttpRequest, key: DkimKey) -> dict[str, bool]:
    """Return what may be done about a key by whoever asks, in its state."""
    may = {
        name: key.state in states and request.user.has_perm(permission)
        for name, permission, states in _WAYS
    }
    if key.use == DkimUse.SES:
        # SES signs with what it was given last.
        may["activate"] = may["override"] = may["restore"] = False
    for_ses = key.use == DkimUse.SES and request.user.has_perm(PUSH)
    lost = key.state == DkimState.ACTIVE and key.ses_status != IdentityStatus.VERIFIED
    may["push"] = for_ses and (key.state in _PUSHED_FROM or lost)
    may["follow"] = for_ses and bool(key.ses_status)
    return may


def _kept(key: DkimKey) -> str:
    """Return what the options of a key are, as they were read back."""
    key.refresh_from_db()
    which = (
        _("It is for %(domain)s and its subdomains.")
        if key.cover_subdomains
        else _("It is for %(domain)s, not for its subdomains.")
    )
    return f"{which % {'domain': sanitize(key.domain)}} {now_is(key)}"
