"""The forms about DKIM keys."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from seacucumber.admin.common.forms import offer
from seacucumber.admin.common.freshness import accounts
from seacucumber.enums import DkimAlgorithm, DkimUse
from seacucumber.signing import (
    SigningError,
    checked_domain,
    checked_label,
    checked_selector,
)

_USES = (
    (DkimUse.SES, _("Amazon SES: the key is handed to it (BYODKIM)")),
    (DkimUse.MESSAGE, _("This site: each message, before SES gets it")),
)
_KINDS = (
    ("rsa-2048", _("RSA, 2048 bits (recommended)")),
    ("rsa-1024", _("RSA, 1024 bits: weak, for DNS that takes no long texts")),
    ("rsa-3072", _("RSA, 3072 bits: not for SES, and slower")),
    ("rsa-4096", _("RSA, 4096 bits: not for SES, and six times slower")),
    ("ed25519", _("Ed25519: experimental, large receivers do not verify it")),
)


def _line(**attrs: str) -> forms.TextInput:
    return forms.TextInput(
        attrs={
            "class": "vTextField",
            "autocomplete": "off",
            "autocapitalize": "none",
            "spellcheck": "false",
            **attrs,
        }
    )


class SecretTextarea(forms.Textarea):
    """A text that is never sent back to the browser, whatever is wrong with it."""

    def format_value(self, value: Any) -> str:
        """Return nothing."""
        return ""


class _NewSelector(forms.Form):
    """A selector that may be left to us."""

    def clean_selector(self) -> str:
        """Return the selector as it stands in DNS; empty if one is to be made."""
        written: str = self.cleaned_data["selector"].strip()
        if not written:
            return ""
        try:
            return checked_label(written)
        except SigningError as error:
            raise ValidationError(str(error)) from error


class _KeyForm(forms.Form):
    """What every new key has."""

    domain = forms.CharField(
        label=_("Domain"),
        max_length=255,
        help_text=_("What stands behind the @ of your senders, such as example.com."),
        widget=_line(),
    )
    selector = forms.CharField(label=_("Selector"), max_length=68, widget=_line())
    use = forms.ChoiceField(
        label=_("Who signs with it"),
        choices=_USES,
        widget=forms.RadioSelect,
        initial=DkimUse.MESSAGE,
    )
    cover_subdomains = forms.BooleanField(
        label=_("Sign for its subdomains, too"),
        required=False,
        initial=True,
        help_text=_("Those that have no key of their own."),
    )

    def clean_domain(self) -> str:
        """Return the domain as it stands in DNS."""
        written: str = self.cleaned_data["domain"].strip().rstrip(".").lower()
        try:
            return checked_domain(written.rpartition("@")[2])
        except SigningError as error:
            raise ValidationError(str(error)) from error


class GenerateForm(_NewSelector, _KeyForm):
    """A key that is made here."""

    kind = forms.ChoiceField(label=_("Kind"), choices=_KINDS, initial="rsa-2048")
    field_order = ("domain", "use", "kind", "selector", "cover_subdomains")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["selector"].required = False
        self.fields["selector"].help_text = _(
            "Its name in DNS. Leave it empty to get one with the year and month."
        )

    @property
    def algorithm(self) -> DkimAlgorithm:
        """How it signs."""
        ed25519 = self.cleaned_data["kind"] == "ed25519"
        return DkimAlgorithm.ED25519_SHA256 if ed25519 else DkimAlgorithm.RSA_SHA256

    @property
    def bits(self) -> int:
        """How long it is."""
        kind: str = self.cleaned_data["kind"]
        return 256 if kind == "ed25519" else int(kind.removeprefix("rsa-"))


class ImportForm(_KeyForm):
    """A key that there is already."""

    pem = forms.CharField(
        label=_("Private key"),
        max_length=20_480,
        strip=False,
        help_text=_(
            "In PEM, from BEGIN to END, without a passphrase. It is encrypted before it"
            " is stored and never shown again, not even on this page."
        ),
        widget=SecretTextarea(
            attrs={
                "class": "vLargeTextField cu-secret",
                "rows": "10",
                "autocomplete": "off",
                "autocapitalize": "none",
                "spellcheck": "false",
            }
        ),
    )
    field_order = ("domain", "selector", "pem", "use", "cover_subdomains")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["selector"].help_text = _(
            "The one its record has in DNS, in front of ._domainkey."
        )

    def clean_selector(self) -> str:
        """Return the selector as it stands in DNS."""
        try:
            return checked_selector(self.cleaned_data["selector"].strip()).lower()
        except SigningError as error:
            raise ValidationError(str(error)) from error


class RotateForm(_NewSelector):
    """The selector of the key that takes over."""

    selector = forms.CharField(
        label=_("Selector of the new key"),
        max_length=63,
        required=False,
        help_text=_("Leave it empty to get one with the year and month."),
        widget=_line(),
    )


class ReasonForm(forms.Form):
    """Why something is done that cannot be undone."""

    reason = forms.CharField(
        label=_("Why"),
        max_length=200,
        help_text=_("Colleagues read it in the key's history."),
        widget=_line(),
    )


class KeyAccountForm(forms.Form):
    """The account that signs with the key."""

    mailer = forms.ChoiceField(
        label=_("Account"), help_text=_("The SES account and region of the domain.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(
            self,
            "mailer",
            [(alias, f"{key} ({alias})") for key, alias in accounts().items()],
        )


class OptionsForm(forms.Form):
    """When a key signs."""

    cover_subdomains = forms.BooleanField(
        label=_("Sign for its subdomains, too"),
        required=False,
        help_text=_("Those that have no key of their own."),
    )
    beside_ses = forms.BooleanField(
        label=_("Sign although SES signs for the domain"),
        required=False,
        help_text=_(
            "Mail then has two signatures of the domain, which is harmless and of no"
            " use but while one changes over to the other."
        ),
    )
