"""The pages of one suppressed address: why, a new one, and the end of one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seacucumber import suppression
from seacucumber.admin.common.freshness import accounts
from seacucumber.admin.common.permissions import VIEW_SUPPRESSED
from seacucumber.admin.common.ui import pill, plain
from seacucumber.admin.common.views import AskingPage
from seacucumber.admin.suppression.forms import AddForm, RemoveForm
from seacucumber.conf import DEFAULT_MAILER, InvalidSetting
from seacucumber.enums import SuppressionReason
from seacucumber.exceptions import SeaCucumberError
from seacucumber.models import Suppressed
from seacucumber.suppression import Removed
from seacucumber.suppression.ses_sync import now
from seacucumber.text.sanitize import sanitize
from seacucumber.text.times import aware, in_words, to_us

ADD = "seacucumber.add_suppressed"
REMOVE = "seacucumber.delete_suppressed"
CHANGE_SES = "seacucumber.change_ses_suppression"
ASK = "seacucumber.refresh_figures"

_SEVERITIES = {
    SuppressionReason.BOUNCE: "bad",
    SuppressionReason.COMPLAINT: "bad",
    SuppressionReason.SOFT_BOUNCES: "warn",
    SuppressionReason.MANUAL: "info",
}


def reason_pill(row: Suppressed) -> SafeString:
    """Return the reason of an entry as a pill."""
    severity = _SEVERITIES.get(SuppressionReason(row.reason), "none")
    return pill(severity, row.get_reason_display())


def scope_in_words(row: Suppressed) -> str:
    """Return whose mail an entry stops."""
    if row.scope in accounts() or "/" in row.scope:
        return _("the account %(scope)s") % {"scope": sanitize(row.scope)}
    return _("senders of %(scope)s") % {"scope": sanitize(row.scope)}


class EntryPage(AskingPage):
    """Why an address gets no mail, and since when."""

    view_permission = VIEW_SUPPRESSED
    template_name = "seacucumber/admin/suppression/entry.html"
    title = gettext_lazy("Suppressed address")

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show all entries of the address; SES is not asked."""
        entry = get_object_or_404(Suppressed, pk=pk)
        at = now()
        may = request.user.has_perm
        return self.render(
            request,
            title=sanitize(entry.address),
            entry=entry,
            rows=[_facts(row, at) for row in suppression.find(entry.address)],
            of_account=entry.scope in accounts(),
            may_ask=entry.scope in accounts() and may(ASK),
            may_remove=may(REMOVE),
        )


class AskPage(AskingPage):
    """Asks SES whether it has the address."""

    view_permission = VIEW_SUPPRESSED
    change_permission = ASK

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask, and say what SES says."""
        entry = get_object_or_404(Suppressed, pk=pk)
        alias = accounts().get(entry.scope, DEFAULT_MAILER)
        name = {"address": sanitize(entry.address)}
        try:
            told = suppression.ask_about(entry.address, alias)
        except (SeaCucumberError, InvalidSetting) as error:
            messages.error(request, plain(error))
            return redirect("admin:seacucumber_suppressed_change", pk)
        self.model_admin.log_change(request, entry, "Asked SES about it.")
        if told is None:
            words = _("SES does not have %(address)s on its list.")
        else:
            words = _("SES has %(address)s on its list.")
        messages.success(request, words % name)
        if not Suppressed.objects.filter(pk=pk).exists():
            return redirect("admin:seacucumber_suppressed_changelist")
        return redirect("admin:seacucumber_suppressed_change", pk)


class AddPage(AskingPage):
    """Puts an address onto our list, and onto SES's if wanted."""

    view_permission = ADD
    change_permission = ADD
    template_name = "seacucumber/admin/suppression/add.html"
    title = gettext_lazy("Suppress an address")

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self._page(request, self._form(request))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Do it. What SES refuses is said beside the form, with nothing lost."""
        form = self._form(request, request.POST)
        if not form.is_valid():
            return self._page(request, form)
        data = form.cleaned_data
        try:
            row, _created = suppression.add(
                data["address"],
                data["mailer"],
                scope=data["scope"],
                reason=SuppressionReason(data["reason"]),
                note=data["note"],
                expires_at=form.expires_at,
                at_ses=data.get("at_ses", False),
                # To let an entry end sooner is to remove it.
                replace=request.user.has_perm(REMOVE),
            )
        except (SeaCucumberError, InvalidSetting) as error:
            return self._page(request, form, refusal=plain(error))
        where = " and SES's" if data.get("at_ses") else ""
        self.model_admin.log_addition(request, row, f"Put onto our list{where}.")
        messages.success(request, _stopped(row))
        if not request.user.has_perm(VIEW_SUPPRESSED):
            return redirect("admin:seacucumber_suppressed_add")
        return redirect("admin:seacucumber_suppressed_change", row.pk)

    def _form(self, request: HttpRequest, data: Any = None) -> AddForm:
        return AddForm(data, may_change_ses=request.user.has_perm(CHANGE_SES))

    def _page(
        self, request: HttpRequest, form: AddForm, *, refusal: str = ""
    ) -> HttpResponse:
        return self.render(request, form=form, refusal=refusal, back=_back(request))


class RemovePage(AskingPage):
    """Takes an address off our list, and off SES's if wanted."""

    view_permission = REMOVE
    change_permission = REMOVE
    template_name = "seacucumber/admin/suppression/remove.html"
    title = gettext_lazy("Let mail go to an address again")

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what follows, and ask."""
        entry = get_object_or_404(Suppressed, pk=pk)
        return self._page(request, entry, self._form(request, entry))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Do it."""
        entry = get_object_or_404(Suppressed, pk=pk)
        form = self._form(request, entry, request.POST)
        if not form.is_valid():
            return self._page(request, entry, form)
        alias = accounts().get(entry.scope, DEFAULT_MAILER)
        try:
            done = suppression.remove(
                entry.address,
                alias,
                scope=entry.scope,
                at_ses=form.cleaned_data.get("at_ses", False),
            )
        except (SeaCucumberError, InvalidSetting) as error:
            return self._page(request, entry, form, refusal=plain(error))
        # What it wants of the query set is to go through it.
        self.model_admin.log_deletions(request, [entry])  # type: ignore[arg-type]
        _say(request, entry, done)
        return redirect(_back(request))

    def _form(
        self, request: HttpRequest, entry: Suppressed, data: Any = None
    ) -> RemoveForm:
        may = request.user.has_perm(CHANGE_SES)
        return RemoveForm(
            data,
            # Our copy may not know SES's entry yet.
            may_change_ses=may and entry.scope in accounts(),
            initial={"at_ses": not entry.is_ours},
        )

    def _page(
        self,
        request: HttpRequest,
        entry: Suppressed,
        form: RemoveForm,
        *,
        refusal: str = "",
    ) -> HttpResponse:
        return self.render(
            request,
            entry=entry,
            address=sanitize(entry.address),
            facts=_facts(entry, now()),
            form=form,
            refusal=refusal,
            back=_back(request),
        )


def _facts(row: Suppressed, at: Any) -> dict[str, Any]:
    return {
        "row": row,
        "reason": reason_pill(row),
        "scope": scope_in_words(row),
        "note": sanitize(row.note),
        "stops": row.stops(at),
    }


def _stopped(row: Suppressed) -> str:
    """Return what an entry stops, as it was read back: one that stood may stay."""
    row.refresh_from_db()
    words = {"address": sanitize(row.address), "whose": scope_in_words(row)}
    if row.expires_at is None:
        return _("%(address)s gets no mail from now on, of %(whose)s.") % words
    words["until"] = in_words(to_us(aware(row.expires_at)))
    return (
        _("%(address)s gets no mail from now on, of %(whose)s, until %(until)s.")
        % words
    )


def _say(request: HttpRequest, entry: Suppressed, done: Removed) -> None:
    name = {"address": sanitize(entry.address)}
    if done.put_again:
        words = _("%(address)s has come onto our list anew meanwhile, and stays there.")
        messages.warning(request, words % name)
    elif done.still_at_ses:
        words = _(
            "%(address)s is off our list, but SES still has it and drops mail to it."
        )
        messages.warning(request, words % name)
    elif _is_stopped_elsewhere(entry):
        words = _("%(address)s is off this list; another entry still stops mail to it.")
        messages.warning(request, words % name)
    else:
        words = _("%(address)s is off the list: no entry stops mail to it any more.")
        messages.success(request, words % name)


def _is_stopped_elsewhere(entry: Suppressed) -> bool:
    others = Suppressed.objects.in_force(now()).filter(address=entry.address)
    return others.exists()


def _back(request: HttpRequest) -> str:
    may_list = request.user.has_perm(VIEW_SUPPRESSED)
    back = "seacucumber_suppressed_changelist" if may_list else "index"
    return reverse(f"admin:{back}")
