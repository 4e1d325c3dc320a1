"""The forms about identities."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from seacucumber.admin.common.forms import offer
from seacucumber.admin.common.freshness import accounts
from seacucumber.identities import InvalidIdentity, checked_name


class VerifyForm(forms.Form):
    """Which address or domain to verify, and by which account."""

    name = forms.CharField(
        label=_("Address or domain"),
        max_length=320,
        help_text=_(
            "An address such as news@example.com gets a mail with a link. A domain such"
            " as example.com is proved by DNS records, and then every address of it"
            " may send."
        ),
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
    )
    mailer = forms.ChoiceField(
        label=_("Account"), help_text=_("The SES account and region to verify it in.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(
            self,
            "mailer",
            [(alias, f"{key} ({alias})") for key, alias in accounts().items()],
        )

    def clean_name(self) -> str:
        """Return the name as SES knows it."""
        try:
            return checked_name(self.cleaned_data["name"])
        except InvalidIdentity as error:
            raise ValidationError(str(error)) from error


class DeleteForm(forms.Form):
    """The name, typed once more, where mail depends on the identity."""

    typed = forms.CharField(
        max_length=320,
        required=False,
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, name: str, needed: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._name = name
        self._needed = needed

    def clean_typed(self) -> str:
        """Return what was typed if it is the name, or need not be."""
        typed: str = self.cleaned_data["typed"].strip()
        if self._needed and typed.lower() != self._name.lower():
            raise ValidationError(
                _("That is not the name. Nothing has been deleted."), code="other"
            )
        return typed
