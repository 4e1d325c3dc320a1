"""One message to see whether, and how, mail leaves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seacucumber import outbox
from seacucumber.admin.common.forms import offer
from seacucumber.admin.common.views import AdminPage
from seacucumber.conf import InvalidSetting, Mailer, get_mailer, mailer_aliases
from seacucumber.enums import IdentityKind, IdentityStatus, Lane
from seacucumber.envelope import Envelope, build
from seacucumber.exceptions import InvalidMessage
from seacucumber.models import Hold, Identity, Message
from seacucumber.models.queue.hold import Stoppable
from seacucumber.ses.inbound import simulator
from seacucumber.text.holds import cause_of, subject_of, widest_first
from seacucumber.text.sanitize import sanitize

SEND_TEST = "seacucumber.send_test"
PER_MINUTE_MAX = 5
SENDERS_MAX = 500
OWN = "own"

RECIPIENTS = (
    (OWN, gettext_lazy("the address below")),
    (f"success@{simulator.DOMAIN}", gettext_lazy("simulator: is delivered")),
    (f"bounce@{simulator.DOMAIN}", gettext_lazy("simulator: bounces")),
    (f"complaint@{simulator.DOMAIN}", gettext_lazy("simulator: complains")),
    (f"ooto@{simulator.DOMAIN}", gettext_lazy("simulator: is out of the office")),
    (
        f"suppressionlist@{simulator.DOMAIN}",
        gettext_lazy("simulator: is on the suppression list"),
    ),
)
#: The field of the form in which an invalid field of the message was entered.
_FIELD_OF = {
    "from_email": "local_part",
    "to": "own_address",
    "configuration_set": "configuration_set",
    "cucumber_configuration_set": "configuration_set",
    "lane": "lane",
}
_LOGGED = "Sent a test message."


class SendTestForm(forms.Form):
    """From which identity, to whom, by which mailer."""

    mailer = forms.ChoiceField(label=gettext_lazy("Mailer"))
    sender = forms.ModelChoiceField(
        label=gettext_lazy("From"),
        queryset=Identity.objects.none(),
        help_text=gettext_lazy("Verified identities, as last refreshed."),
    )
    local_part = forms.CharField(
        label=gettext_lazy("Before the @"),
        required=False,
        max_length=64,
        initial="test",
        help_text=gettext_lazy("Where the identity is a domain."),
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
    )
    recipient = forms.ChoiceField(
        label=gettext_lazy("To"), choices=RECIPIENTS, widget=forms.RadioSelect
    )
    own_address = forms.EmailField(
        label=gettext_lazy("An address of yours"),
        required=False,
        max_length=320,
        help_text=gettext_lazy("In the sandbox it has to be verified, too."),
        widget=forms.EmailInput(attrs={"class": "vTextField"}),
    )
    lane = forms.ChoiceField(
        label=gettext_lazy("Lane"),
        choices=[(lane.name.lower(), lane.label) for lane in Lane],
    )
    configuration_set = forms.CharField(
        label=gettext_lazy("Configuration set"),
        required=False,
        max_length=64,
        help_text=gettext_lazy("Empty for the mailer's own."),
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.mailers = _mailers()
        offer(self, "mailer", [(alias, sanitize(alias)) for alias in self.mailers])
        sender = self.fields["sender"]
        assert isinstance(sender, forms.ModelChoiceField)  # noqa: S101 - for the type
        pks = verified_senders().values_list("pk", flat=True)[:SENDERS_MAX]
        sender.queryset = Identity.objects.filter(pk__in=list(pks)).order_by("name")

    def clean(self) -> dict[str, Any]:
        """See that the parts fit together."""
        data: dict[str, Any] = super().clean() or {}
        identity, alias = data.get("sender"), data.get("mailer")
        wanted = data.get("recipient") == OWN and "own_address" not in self.errors
        if wanted and not data.get("own_address"):
            self.add_error("own_address", _("Say which address."))
        elif data.get("recipient", OWN) != OWN and self._is_typed("own_address"):
            self.add_error(
                "own_address",
                _("It would not go there: empty it, or choose it above."),
            )
        if identity is not None and alias is not None:
            self._check_sender(identity, self.mailers[alias], data.get("local_part"))
        return data

    def _is_typed(self, name: str) -> bool:
        """Tell whether somebody has entered something else than was there."""
        typed = self.cleaned_data.get(name)
        return bool(typed) and typed != self.initial.get(name)

    def _check_sender(
        self, identity: Identity, mailer: Mailer, local_part: str | None
    ) -> None:
        if mailer.pace_key != identity.pace_key:
            self.add_error(
                "sender",
                _("This identity belongs to another account than the mailer."),
            )
        if identity.kind == IdentityKind.DOMAIN and not local_part:
            self.add_error("local_part", _("A domain needs something before the @."))

    @property
    def from_email(self) -> str:
        """The sender's address."""
        identity: Identity = self.cleaned_data["sender"]
        if identity.kind == IdentityKind.DOMAIN:
            return f"{self.cleaned_data['local_part']}@{identity.name}"
        return identity.name

    @property
    def to(self) -> str:
        """The recipient's address."""
        chosen: str = self.cleaned_data["recipient"]
        return str(self.cleaned_data["own_address"]) if chosen == OWN else chosen

    def as_hidden(self) -> str:
        """Return what was entered, to be sent once more when it is confirmed."""
        return SafeString("".join(field.as_hidden() for field in self))

    def blame(self, error: InvalidMessage) -> None:
        """Show an error of the message at the field that it comes from."""
        name = _FIELD_OF.get(error.field)
        if name == "local_part" and self.cleaned_data["sender"].kind != "domain":
            name = "sender"
        self.add_error(name, ValidationError(str(error)))


class SendTestPage(AdminPage):
    """The form; then the page of the message that was queued."""

    view_permission = change_permission = SEND_TEST
    title = gettext_lazy("Send a test message")
    template_name = "seacucumber/admin/send_test.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form, with the user's own address."""
        initial = _initial(request)
        chosen = request.GET.get("identity", "")
        if chosen.isdecimal() and len(chosen) < 19:
            initial["sender"] = int(chosen)
        return self._page(request, SendTestForm(initial=initial))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Say what will happen; once that is confirmed, queue the message."""
        form = SendTestForm(request.POST, initial=_initial(request))
        if not form.is_valid():
            return self._page(request, form)
        if _sent_lately(request) >= PER_MINUTE_MAX:
            words = _("%(number)d tests a minute are enough; wait a moment.")
            form.add_error(None, words % {"number": PER_MINUTE_MAX})
            return self._page(request, form)
        mailer = form.mailers[form.cleaned_data["mailer"]]
        try:
            envelope = build(_mail(form), outbox.defaults_of(mailer))
        except InvalidMessage as error:
            form.blame(error)
            return self._page(request, form)
        if "confirmed" not in request.POST:
            return self.render(
                request, form=form, plan=_plan(form, envelope), has_senders=True
            )
        ((uid, *_more),) = outbox.enqueue([envelope], mailer)
        return self._done(request, Message.objects.get(uid=uid))

    def _done(self, request: HttpRequest, message: Message) -> HttpResponse:
        self.model_admin.log_addition(request, message, _LOGGED)
        site = self.model_admin.admin_site.name
        if not self.model_admin.has_view_permission(request):
            messages.success(request, _in_queue(message))
            return redirect(reverse(f"{site}:seacucumber_message_send_test"))
        messages.success(request, _in_queue(message))
        return redirect(
            reverse(f"{site}:seacucumber_message_change", args=[message.pk])
        )

    def _page(self, request: HttpRequest, form: SendTestForm) -> HttpResponse:
        return self.render(
            request,
            form=form,
            errors=form.errors,
            has_senders=verified_senders().exists(),
            may_view_identities=request.user.has_perm("seacucumber.view_identity"),
        )


def verified_senders() -> Any:
    """Return the identities from which mail may leave."""
    return Identity.objects.filter(
        status=IdentityStatus.VERIFIED, sending_enabled=True
    ).order_by("name")


def _mailers() -> dict[str, Mailer]:
    found: dict[str, Mailer] = {}
    for alias in mailer_aliases():
        try:
            found[alias] = get_mailer(alias)
        except InvalidSetting:
            # The system check names it; the others still work.
            continue
    return found


def _initial(request: HttpRequest) -> dict[str, Any]:
    return {"own_address": str(getattr(request.user, "email", ""))}


@dataclass(slots=True)
class _Planned:
    """What a hold looks at, of a message that is not there yet."""

    mailer: str
    lane: int
    sender: str
    configuration_set: str


def _plan(form: SendTestForm, envelope: Envelope) -> list[str]:
    """Return what will happen, in sentences."""
    alias = form.cleaned_data["mailer"]
    words = {
        "sender": sanitize(envelope.sender),
        "to": sanitize(form.to),
        "mailer": sanitize(alias),
        "lane": envelope.lane.label,
    }
    plan = [
        _(
            "One message goes from %(sender)s to %(to)s, by the mailer %(mailer)s, as"
            " %(lane)s mail."
        )
        % words
    ]
    if envelope.configuration_set:
        named = {"name": sanitize(envelope.configuration_set)}
        plan.append(_("Its configuration set is %(name)s.") % named)
    plan.append(
        _("Amazon's simulator gets it; that does not harm the account's reputation.")
        if simulator.is_simulated(form.to)
        else _("It is real mail: whoever reads that mailbox gets it.")
    )
    planned = _Planned(
        alias, envelope.lane, envelope.sender, envelope.configuration_set
    )
    stopped = _stopping(form.mailers[alias].pace_key, planned)
    if stopped is not None:
        why = {"what": subject_of(stopped), "why": cause_of(stopped)}
        plan.append(_("It waits: %(what)s stands still (%(why)s).") % why)
    return plan


def _stopping(pace_key: str, message: Stoppable) -> Hold | None:
    """Return the widest hold that stops a message, if one does."""
    active = Hold.objects.active(pace_key)
    return next((h for h in widest_first(active) if h.stops(message)), None)


def _in_queue(message: Message) -> str:
    """Say where the message is, as it was read back."""
    stopped = _stopping(message.pace_key, message)
    if stopped is None:
        return _("The test message is in the queue; reload to see it leave.")
    words = {"what": subject_of(stopped), "why": cause_of(stopped)}
    return _("The test message waits: %(what)s stands still (%(why)s).") % words


def _mail(form: SendTestForm) -> EmailMultiAlternatives:
    words = _(
        "This is a test message from the admin of Sea Cucumber. If you read it, mail"
        " leaves through Amazon SES."
    )
    mail = EmailMultiAlternatives(
        subject=_("Test message from Sea Cucumber"),
        body=f"{words}\n",
        from_email=form.from_email,
        to=[form.to],
    )
    mail.attach_alternative(f"<p>{words}</p>\n", "text/html")
    mail.cucumber_lane = form.cleaned_data["lane"]  # type: ignore[attr-defined]
    mail.cucumber_metadata = {"test": True}  # type: ignore[attr-defined]
    if form.cleaned_data["configuration_set"]:
        name = form.cleaned_data["configuration_set"]
        mail.cucumber_configuration_set = name  # type: ignore[attr-defined]
    return mail


def _sent_lately(request: HttpRequest) -> int:
    """Return how many tests the user has sent in the last minute; the log knows."""
    return LogEntry.objects.filter(
        user__pk=str(request.user.pk),
        action_flag=ADDITION,
        content_type=ContentType.objects.get_for_model(Message),
        change_message=_LOGGED,
        action_time__gt=timezone.now() - timedelta(minutes=1),
    ).count()
