"""The form that stops sending."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import router
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from seacucumber import setting_values as values
from seacucumber.admin.common.forms import offer
from seacucumber.admin.common.freshness import accounts
from seacucumber.db import clock
from seacucumber.db.clock import is_too_far
from seacucumber.enums import HoldScope, Lane
from seacucumber.identities import InvalidIdentity, checked_name
from seacucumber.models import Hold
from seacucumber.text.times import aware, to_us

_SCOPES = (
    (HoldScope.ACCOUNT, _("Everything")),
    (HoldScope.LANE, _("A lane")),
    (HoldScope.SENDER, _("A sender")),
    (HoldScope.CONFIGURATION_SET, _("A configuration set")),
)


BY_HAND, BY_TIME = "by-hand", "by-time"
_ENDS = (
    (BY_HAND, _("Until somebody resumes it")),
    (BY_TIME, _("Until a date and time")),
)
#: Farther ahead it is a slip of the pen.
LONGEST_S = 366 * 86_400.0


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
    until = forms.ChoiceField(
        label=_("For how long"), choices=_ENDS, widget=forms.RadioSelect
    )
    ends_at = forms.DateTimeField(
        label=_("Date and time"),
        required=False,
        widget=forms.DateTimeInput(
            attrs={"type": "datetime-local", "class": "vTextField"},
            format="%Y-%m-%dT%H:%M",
        ),
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
        self.fields["ends_at"].help_text = format_lazy(
            _("In the time zone {zone}."), zone=timezone.get_current_timezone_name()
        )

    @property
    def value(self) -> str:
        """Which one of the scope is to stop."""
        scope = self.cleaned_data["scope"]
        field = _FIELDS.get(scope)
        return str(self.cleaned_data[field]) if field else ""

    @property
    def ends_at_us(self) -> int | None:
        """When it is over by itself; None if it waits for somebody."""
        if self.cleaned_data["until"] != BY_TIME:
            return None
        return to_us(aware(self.cleaned_data["ends_at"]))

    def clean_ends_at(self) -> datetime | None:
        """Return when it is over, if that can be meant."""
        at: datetime | None = self.cleaned_data["ends_at"]
        if at is None:
            return None
        now_us = clock.now_us(router.db_for_write(Hold))
        if to_us(aware(at)) <= now_us:
            raise ValidationError(_("This is over already."))
        if is_too_far(to_us(aware(at)), now_us, longest_s=LONGEST_S):
            raise ValidationError(_("This is more than a year ahead."))
        return at

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
            return values.configuration_set(written)
        except ValueError as error:
            raise ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        """See that what the scope asks for is there, and nothing else."""
        data: dict[str, Any] = super().clean() or {}
        self._check_end(data)
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

    def _check_end(self, data: dict[str, Any]) -> None:
        until, at = data.get("until"), data.get("ends_at")
        if until == BY_TIME and at is None and "ends_at" not in self.errors:
            self.add_error("ends_at", _("Say when it is over."))
        if until == BY_HAND and at is not None:
            self.add_error(
                "ends_at", _("This does not count: empty it, or choose it above.")
            )

    def as_hidden(self) -> str:
        """Return what was entered, to be sent once more when it is confirmed."""
        return SafeString("".join(field.as_hidden() for field in self))


_FIELDS = {
    HoldScope.LANE: "lane",
    HoldScope.SENDER: "sender",
    HoldScope.CONFIGURATION_SET: "configuration_set",
}
