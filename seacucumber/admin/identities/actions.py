"""What one click does about identities. Each is a POST, and each says what it did."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from seacucumber import identities, tasks
from seacucumber.admin.common.freshness import accounts, mailer_of
from seacucumber.admin.common.ui import plain
from seacucumber.admin.common.views import AskingPage
from seacucumber.admin.identities.display import MATCH, WARNING, known_records
from seacucumber.conf import InvalidSetting
from seacucumber.enums import RefreshSubject
from seacucumber.exceptions import NotFound, SeaCucumberError
from seacucumber.models import Identity
from seacucumber.text.sanitize import sanitize

VIEW = "seacucumber.view_identity"
REFRESH = "seacucumber.refresh_figures"
RESEND = "seacucumber.change_identity"


class IdentityAction(AskingPage):
    """A POST about one identity that leads back to its page."""

    view_permission = VIEW

    def log(self, request: HttpRequest, identity: Identity, what: str) -> None:
        """Write the admin log."""
        self.model_admin.log_change(request, identity, what)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Do it, and say what came of it."""
        identity = get_object_or_404(Identity, pk=pk)
        try:
            self.act(request, identity)
        except NotFound:
            messages.warning(request, _gone(identity))
            return redirect("admin:seacucumber_identity_changelist")
        except (SeaCucumberError, InvalidSetting) as error:
            messages.error(request, plain(error))
        if not Identity.objects.filter(pk=pk).exists():
            return redirect("admin:seacucumber_identity_changelist")
        return redirect("admin:seacucumber_identity_change", pk)

    def act(self, request: HttpRequest, identity: Identity) -> None:
        """Do it.

        Raises:
            SeaCucumberError: if it could not be done.
        """
        raise NotImplementedError


class Resend(IdentityAction):
    """Sends the verification mail again."""

    change_permission = RESEND

    def act(self, request: HttpRequest, identity: Identity) -> None:
        """Ask SES for another mail."""
        answer = identities.resend(identity.name, mailer_of(identity))
        name = {"name": sanitize(identity.name)}
        if answer.mail_sent:
            self.log(request, identity, "Sent the verification mail again.")
            words = _("SES has sent a mail to %(name)s; its link is good for 24 hours.")
            messages.success(request, words % name)
        else:
            words = _("No mail was sent: %(name)s is verified already.")
            messages.info(request, words % name)


class Refresh(IdentityAction):
    """Asks SES how one identity is."""

    change_permission = REFRESH

    def act(self, request: HttpRequest, identity: Identity) -> None:
        """Ask, and say what is new."""
        found = identities.refresh_one(identity.name, mailer_of(identity))
        if found is None:
            messages.warning(request, _gone(identity))
            return
        self.log(request, found, "Refreshed from SES.")
        words = _("SES says that %(name)s is %(status)s.")
        messages.success(
            request,
            words
            % {"name": sanitize(found.name), "status": str(found.get_status_display())},
        )


class CheckDns(IdentityAction):
    """Looks up the records of a domain."""

    change_permission = REFRESH

    def act(self, request: HttpRequest, identity: Identity) -> None:
        """Look, and say how many are right."""
        identities.check_dns(identity)
        records = known_records(identity)
        if not records:
            messages.warning(request, _("No records are known; refresh it from SES."))
            return
        right = sum(record.result in (MATCH, WARNING) for record in records)
        self.log(request, identity, "Looked up the DNS records.")
        words = ngettext(
            "DNS has %(right)d of %(count)d record as it should be.",
            "DNS has %(right)d of %(count)d records as they should be.",
            len(records),
        ) % {"right": right, "count": len(records)}
        level = messages.SUCCESS if right == len(records) else messages.WARNING
        messages.add_message(request, level, words)


class RefreshAll(AskingPage):
    """Has a worker ask SES for all identities of every account."""

    view_permission = VIEW

    change_permission = REFRESH

    def post(self, request: HttpRequest) -> HttpResponse:
        """Hand it to a worker: an account may have thousands, at one call a second."""
        for pace_key, alias in accounts().items():
            names = {"account": pace_key}
            if tasks.ask_for_refresh(alias, RefreshSubject.IDENTITIES):
                _log_account(request, pace_key)
                words = _(
                    "A worker asks SES for the identities of %(account)s. Load the"
                    " page again in some seconds."
                )
                messages.success(request, words % names)
            else:
                words = _(
                    "No worker could be asked to refresh %(account)s: the broker does"
                    " not answer. What is shown is still what SES said last."
                )
                messages.error(request, words % names)
        return redirect("admin:seacucumber_identity_changelist")


def _log_account(request: HttpRequest, pace_key: str) -> None:
    """Write the admin log for what concerns no single row."""
    LogEntry.objects.create(
        user_id=str(request.user.pk),
        content_type=ContentType.objects.get_for_model(Identity),
        object_repr=pace_key[:200],
        action_flag=CHANGE,
        change_message="Asked for a refresh of all identities.",
    )


def _gone(identity: Identity) -> str:
    return _("SES does not have %(name)s any more: it is off the list.") % {
        "name": sanitize(identity.name)
    }
