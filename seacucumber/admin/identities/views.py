"""The pages of identities: one of them, a new one, and the end of one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seacucumber import identities
from seacucumber.admin.common.freshness import age_of, mailer_of
from seacucumber.admin.common.numbers import ago
from seacucumber.admin.common.ui import plain
from seacucumber.admin.common.views import AdminPage, AskingPage
from seacucumber.admin.dkim.panel import keys_of
from seacucumber.admin.identities import actions
from seacucumber.admin.identities.actions import VIEW
from seacucumber.admin.identities.display import (
    dependents_in_words,
    known_records,
    part_pill,
    status_pill,
    verdict,
)
from seacucumber.admin.identities.forms import DeleteForm, VerifyForm
from seacucumber.conf import InvalidSetting, get_mailer
from seacucumber.domains import with_parents
from seacucumber.enums import IdentityKind, IdentityStatus, RefreshSubject
from seacucumber.exceptions import NotFound, SeaCucumberError
from seacucumber.models import Identity, Refresh
from seacucumber.text.sanitize import sanitize

SEND_TEST = "seacucumber.send_test"
ADD = "seacucumber.add_identity"
DELETE = "seacucumber.delete_identity"


class IdentityPage(AdminPage):
    """What SES says of an address or a domain, and what to publish for it."""

    view_permission = VIEW
    template_name = "seacucumber/admin/identity/detail.html"
    title = gettext_lazy("Identity")

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the copy; neither SES nor DNS is asked."""
        identity = get_object_or_404(Identity, pk=pk)
        refreshes = Refresh.objects.of(identity.pace_key)
        unverified = identity.status != IdentityStatus.VERIFIED
        is_address = identity.kind == IdentityKind.ADDRESS
        may_send = not unverified and identity.sending_enabled
        may = request.user.has_perm
        return self.render(
            request,
            title=sanitize(identity.name),
            identity=identity,
            verdict=verdict(identity, covered_by=_covering_domain(identity)),
            status_pill=status_pill(identity.status),
            dkim_pill=part_pill(identity.dkim_status),
            mail_from_pill=part_pill(identity.mail_from_status),
            records=known_records(identity),
            is_domain=not is_address,
            age=age_of(identity.pace_key, refreshes.get(RefreshSubject.IDENTITIES)),
            refreshed=ago(identity.refreshed_at, timezone.now()),
            checked=ago(identity.records_checked_at, timezone.now()),
            may_send_test=may_send and may(SEND_TEST),
            may_resend=is_address and unverified and may(actions.RESEND),
            may_refresh=may(actions.REFRESH),
            may_delete=may(DELETE),
            **keys_of(identity, request),
        )


class VerifyPage(AskingPage):
    """Begins the verification of an address or a domain."""

    view_permission = ADD
    change_permission = ADD
    template_name = "seacucumber/admin/identity/verify.html"
    title = gettext_lazy("Verify an address or a domain")

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self._page(request, VerifyForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Ask SES. What it refuses is said beside the form, with nothing lost."""
        form = VerifyForm(request.POST)
        if not form.is_valid():
            return self._page(request, form)
        name, alias = form.cleaned_data["name"], form.cleaned_data["mailer"]
        try:
            answer = identities.verify(name, alias)
        except (SeaCucumberError, InvalidSetting) as error:
            return self._page(request, form, refusal=plain(error))
        messages.success(request, _begun(answer))
        identity = Identity.objects.filter(
            pace_key=get_mailer(alias).pace_key, name=answer.name
        ).first()
        if identity is None:
            return redirect("admin:seacucumber_identity_add")
        self.model_admin.log_addition(request, identity, "Asked SES to verify it.")
        if not request.user.has_perm(VIEW):
            return redirect("admin:seacucumber_identity_add")
        return redirect("admin:seacucumber_identity_change", identity.pk)

    def _page(
        self, request: HttpRequest, form: VerifyForm, *, refusal: str = ""
    ) -> HttpResponse:
        may_list = request.user.has_perm(VIEW)
        back = "seacucumber_identity_changelist" if may_list else "index"
        return self.render(
            request, form=form, refusal=refusal, back=reverse(f"admin:{back}")
        )


class DeletePage(AskingPage):
    """Deletes an identity from SES, once somebody has seen what depends on it."""

    view_permission = DELETE
    change_permission = DELETE
    template_name = "seacucumber/admin/identity/delete.html"
    title = gettext_lazy("Delete from SES")

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what depends on it, and ask."""
        return self._page(request, get_object_or_404(Identity, pk=pk))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Delete it, if whoever asks knows what depends on it."""
        identity = get_object_or_404(Identity, pk=pk)
        needed = bool(_dependents(identity))
        form = DeleteForm(request.POST, name=identity.name, needed=needed)
        if not form.is_valid():
            return self._page(request, identity, form=form)
        name = {"name": sanitize(identity.name)}
        try:
            identities.delete(identity.name, mailer_of(identity))
        except NotFound:
            messages.warning(request, _("SES did not have %(name)s any more.") % name)
        except (SeaCucumberError, InvalidSetting) as error:
            return self._page(request, identity, refusal=plain(error))
        else:
            messages.success(request, _("Deleted from SES: %(name)s.") % name)
        # What it wants of the query set is to go through it.
        self.model_admin.log_deletions(request, [identity])  # type: ignore[arg-type]
        may_list = request.user.has_perm(VIEW)
        target = "seacucumber_identity_changelist" if may_list else "index"
        return redirect(f"admin:{target}")

    def _page(
        self,
        request: HttpRequest,
        identity: Identity,
        *,
        form: DeleteForm | None = None,
        refusal: str = "",
    ) -> HttpResponse:
        dependents = _dependents(identity)
        back = reverse("admin:index")
        if request.user.has_perm(VIEW):
            back = reverse("admin:seacucumber_identity_change", args=[identity.pk])
        return self.render(
            request,
            title=_("Delete %(name)s from SES?") % {"name": sanitize(identity.name)},
            identity=identity,
            name=sanitize(identity.name),
            dependents=dependents,
            form=form or DeleteForm(name=identity.name, needed=bool(dependents)),
            refusal=refusal,
            back=back,
        )


def _dependents(identity: Identity) -> list[str]:
    try:
        found = identities.dependents(identity.name, mailer_of(identity))
    except (identities.InvalidIdentity, InvalidSetting):
        # No mail of this site can come from such a name, or goes to that account.
        return []
    return dependents_in_words(found)


def _begun(answer: identities.Verification) -> str:
    """Return what has happened, and what is to be done now."""
    name = {"name": sanitize(answer.name)}
    if answer.verified:
        return _("Nothing is left to do: %(name)s is verified.") % name
    if answer.mail_sent:
        return (
            _("SES has sent a mail to %(name)s. Open its link within 24 hours.") % name
        )
    return (
        _("Publish the DNS records below to verify %(name)s, within 72 hours.") % name
    )


def _covering_domain(identity: Identity) -> str:
    """Return a verified domain that an identity is part of, or an empty string."""
    domain = identity.name.rpartition("@")[2]
    found = Identity.objects.filter(
        pace_key=identity.pace_key,
        name__in=[*filter(identity.name.__ne__, with_parents(domain))],
        status=IdentityStatus.VERIFIED,
    ).first()
    return found.name if found else ""
