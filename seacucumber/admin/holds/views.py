"""Stopping and resuming by hand."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.auth import get_user_model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seacucumber import tasks
from seacucumber.admin.common.freshness import accounts
from seacucumber.admin.common.views import AdminPage
from seacucumber.admin.holds.backlog import waiting_for
from seacucumber.admin.holds.forms import PauseForm
from seacucumber.delivery.holds import lifecycle
from seacucumber.enums import HoldCause, HoldScope
from seacucumber.models import Hold
from seacucumber.text.holds import after_lifting, cause_of, remedy_of, subject_of
from seacucumber.text.sanitize import sanitize
from seacucumber.text.times import in_words

PAUSE = "seacucumber.pause_sending"


class PausePage(AdminPage):
    """Stop everything, a lane, a sender or a configuration set."""

    view_permission = change_permission = PAUSE
    title = gettext_lazy("Stop sending")
    template_name = "seacucumber/admin/hold_pause.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self._page(request, PauseForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Say what would wait; once that is confirmed, place the hold."""
        form = PauseForm(request.POST)
        if not form.is_valid():
            return self._page(request, form)
        if "confirmed" not in request.POST:
            return self._ask(request, form)
        hold, placed = lifecycle.pause(
            form.cleaned_data["account"],
            scope=HoldScope(form.cleaned_data["scope"]),
            value=form.value,
            why=form.cleaned_data["why"],
            actor=_name_of(request),
            ends_at_us=form.ends_at_us,
        )
        self._tell(request, hold, placed=placed)
        return redirect(_after(request, self.model_admin))

    def _tell(self, request: HttpRequest, hold: Hold, *, placed: bool) -> None:
        words = {
            "what": subject_of(hold),
            "who": sanitize(hold.placed_by) or "?",
            "end": remedy_of(hold),
        }
        if not placed:
            said = _("It was stopped already, by %(who)s: %(what)s. %(end)s")
            messages.warning(request, said % words)
            return
        entry = f"Stopped sending ({hold.scope} {hold.value}): {hold.detail}"
        if hold.ends_at_us is not None:
            entry += f" (until {in_words(hold.ends_at_us)})"
        self.model_admin.log_addition(request, hold, entry)
        messages.success(request, _("Stopped: %(what)s. %(end)s") % words)

    def _ask(self, request: HttpRequest, form: PauseForm) -> HttpResponse:
        hold = Hold(
            pace_key=form.cleaned_data["account"],
            scope=form.cleaned_data["scope"],
            value=form.value,
            cause=HoldCause.OPERATOR,
            ends_at_us=form.ends_at_us,
        )
        return self.render(
            request,
            form=form,
            what=subject_of(hold),
            waiting=waiting_for(hold),
            until="" if form.ends_at_us is None else in_words(form.ends_at_us),
            back_url=_after(request, self.model_admin),
        )

    def _page(self, request: HttpRequest, form: PauseForm) -> HttpResponse:
        return self.render(
            request,
            form=form,
            errors=form.errors,
            back_url=_after(request, self.model_admin),
        )


class ResumePage(AdminPage):
    """Lift one hold."""

    view_permission = change_permission = PAUSE
    title = gettext_lazy("Resume sending")
    template_name = "seacucumber/admin/hold_resume.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask."""
        return _ask(self, request, [self._hold(pk)])

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Lift it."""
        return _lift(self, request, [self._hold(pk)])

    def _hold(self, pk: int) -> Hold:
        hold = Hold.objects.filter(pk=pk).first()
        if hold is None:
            raise Http404(_("There is no such hold; it has been lifted meanwhile."))
        return hold


class ResumeAllPage(AdminPage):
    """Lift all holds that people have placed."""

    view_permission = change_permission = PAUSE
    title = gettext_lazy("Resume all that was stopped by hand")
    template_name = "seacucumber/admin/hold_resume.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Ask."""
        return _ask(self, request, _by_hand())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Lift them."""
        return _lift(self, request, _by_hand())


def _by_hand() -> list[Hold]:
    return list(Hold.objects.filter(cause=HoldCause.OPERATOR).order_by("id"))


def _ask(page: AdminPage, request: HttpRequest, holds: Iterable[Hold]) -> HttpResponse:
    lifted = list(holds)
    rows = [
        {
            "what": subject_of(hold),
            "why": cause_of(hold),
            "detail": sanitize(hold.detail),
            "remedy": remedy_of(hold),
            "by_hand": hold.cause == HoldCause.OPERATOR,
            "after": after_lifting(hold, _left(hold, lifted)),
        }
        for hold in lifted
    ]
    back_url = _after(request, page.model_admin)
    return page.render(request, rows=rows, back_url=back_url)


def _left(hold: Hold, lifted: Iterable[Hold]) -> list[Hold]:
    """Return the holds of the same account that stay when others are lifted."""
    left = Hold.objects.filter(pace_key=hold.pace_key)
    return list(left.exclude(pk__in=[each.pk for each in lifted if each.pk]))


def _lift(page: AdminPage, request: HttpRequest, holds: Iterable[Hold]) -> HttpResponse:
    lifted = []
    for hold in holds:
        pk = hold.pk
        if lifecycle.resume(hold):
            hold.pk = pk
            words = f"Resumed sending ({hold.scope} {hold.value})."
            page.model_admin.log_change(request, hold, words)
            lifted.append(hold)
    for alias in _mailers_of({hold.pace_key for hold in lifted}):
        tasks.wake(alias)
    if lifted:
        for hold in lifted:
            then = after_lifting(hold, _left(hold, lifted))
            told = {"what": subject_of(hold), "then": then}
            messages.success(request, _("Resumed: %(what)s. %(then)s") % told)
    else:
        messages.warning(
            request, _("Nothing was left to resume: it had been lifted already.")
        )
    return redirect(_after(request, page.model_admin))


def _mailers_of(pace_keys: set[str]) -> list[str]:
    return [alias for key, alias in accounts().items() if key in pace_keys]


def _after(request: HttpRequest, model_admin: ModelAdmin[Hold]) -> str:
    site = model_admin.admin_site.name
    if model_admin.has_view_permission(request):
        return reverse(f"{site}:seacucumber_hold_changelist")
    return reverse(f"{site}:index")


def _name_of(request: HttpRequest) -> str:
    assert isinstance(request.user, get_user_model())  # noqa: S101 - logged in
    return request.user.get_username()
