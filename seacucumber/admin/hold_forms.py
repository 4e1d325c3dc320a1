"""The form that stops sending."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from seacucumber import parsing
from seacucumber.admin.choices import offer
from seacucumber.admin.identity_age import accounts
from seacucumber.enums import HoldScope, Lane
from seacucumber.identities import InvalidIdentity, checked_name

_SCOPES = (
    (HoldScope.ACCOUNT, _("Everything")),
    (HoldScope.LANE, _("A lane")),
    (HoldScope.SENDER, _("A sender")),
    (HoldScope.CONFIGURATION_SET, _("A configuration set")),
)


class PauseForm(forms.Form):
    """What to stop, and why."""

    account = forms.ChoiceField(label=_("Account"))
    scope = forms.ChoiceField(
        label=_("Stop"),
        choices=_SCOPES,
        widget=forms.RadioSelect,
    )
    lane = forms.ChoiceField(
        label=_("Lane"),
        required=False,
        choices=[
            ("", "---------"),
            *((lane.name.lower(), lane.label) for lane in reversed(Lane)),
        ],
        help_text=_("If a lane is to stop."),
    )
    sender = forms.CharField(
        label=_("Sender"),
        required=False,
        max_length=320,
        help_text=_("An address, or a domain for all its senders."),
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
    )
    configuration_set = forms.CharField(
        label=_("Configuration set"),
        required=False,
        max_length=64,
        help_text=_("Its name in SES."),
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
    )
    why = forms.CharField(
        label=_("Why"),
        max_length=200,
        help_text=_("Colleagues read it who wonder why mail does not leave."),
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "account", [(key, key) for key in accounts()])

    @property
    def value(self) -> str:
        """Which one of the scope is to stop."""
        scope = self.cleaned_data["scope"]
        field = _FIELDS.get(scope)
        return str(self.cleaned_data[field]) if field else ""

    def clean_sender(self) -> str:
        """Return the sender as the queue knows it: its domain as A-label."""
        written: str = self.cleaned_data["sender"].strip().removeprefix("@")
        if not written:
            return ""
        try:
            local, at, domain = checked_name(written).rpartition("@")
        except InvalidIdentity as error:
            raise ValidationError(str(error)) from error
        return f"{local}{at}{domain.lower()}"

    def clean_configuration_set(self) -> str:
        """Return the name, if SES can have such a one."""
        written: str = self.cleaned_data["configuration_set"].strip()
        if not written:
            return ""
        try:
            return parsing.configuration_set(written)
        except ValueError as error:
            raise ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        """See that what the scope asks for is there, and nothing else."""
        data: dict[str, Any] = super().clean() or {}
        scope = data.get("scope")
        if scope is None:
            return data
        wanted = _FIELDS.get(scope)
        if wanted and wanted not in self.errors and not data.get(wanted):
            self.add_error(wanted, _("Say which one is to stop."))
        for name in _FIELDS.values():
            if name != wanted and data.get(name):
                self.add_error(
                    name,
                    _("This is not what is to stop: empty it, or choose it above."),
                )
        return data

    def as_hidden(self) -> str:
        """Return what was entered, to be sent once more when it is confirmed."""
        return SafeString("".join(field.as_hidden() for field in self))


_FIELDS = {
    HoldScope.LANE: "lane",
    HoldScope.SENDER: "sender",
    HoldScope.CONFIGURATION_SET: "configuration_set",
}
