"""The forms about the suppression list."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seacucumber.admin.common.forms import offer
from seacucumber.admin.common.freshness import accounts
from seacucumber.enums import SuppressionReason
from seacucumber.suppression import InvalidEntry, checked_address, checked_scope
from seacucumber.suppression.ses_sync import now

FILE_BYTES_MAX = 10 * 1024 * 1024


def _text() -> forms.TextInput:
    return forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"})


class AccountForm(forms.Form):
    """A form about one account; where there is but one, it is not asked for."""

    mailer = forms.ChoiceField(label=gettext_lazy("Account"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(alias, f"{key} ({alias})") for key, alias in accounts().items()]
        offer(self, "mailer", named)


class AddForm(AccountForm):
    """Who is to get no mail, and why."""

    field_order = ("address", "scope", "reason", "days", "note", "at_ses", "mailer")

    address = forms.CharField(
        label=gettext_lazy("Address"), max_length=320, widget=_text()
    )
    scope = forms.CharField(
        label=gettext_lazy("Only mail from the domain"),
        required=False,
        max_length=255,
        help_text=gettext_lazy("Empty: no mail of the account at all."),
        widget=_text(),
    )
    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"),
        choices=[
            (reason.value, reason.label)
            for reason in (
                SuppressionReason.MANUAL,
                SuppressionReason.BOUNCE,
                SuppressionReason.COMPLAINT,
            )
        ],
    )
    days = forms.IntegerField(
        label=gettext_lazy("Ends after days"),
        required=False,
        min_value=1,
        max_value=36_500,
        help_text=gettext_lazy("Empty: never."),
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Colleagues read it who wonder why."),
        widget=_text(),
    )
    at_ses = forms.BooleanField(
        label=gettext_lazy("On the list of Amazon SES as well"),
        required=False,
        help_text=gettext_lazy(
            "Then no application that uses the account reaches the address."
        ),
    )

    def __init__(self, *args: Any, may_change_ses: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_change_ses:
            del self.fields["at_ses"]

    def clean_address(self) -> str:
        """Return the address as the list has it."""
        try:
            return checked_address(self.cleaned_data["address"])
        except InvalidEntry as error:
            raise ValidationError(_("This is no e-mail address.")) from error

    def clean_scope(self) -> str:
        """Return the domain in lower case."""
        try:
            return checked_scope(self.cleaned_data["scope"], "")
        except InvalidEntry as error:
            raise ValidationError(_("This is no domain.")) from error

    @property
    def expires_at(self) -> datetime | None:
        """When the entry is to end."""
        days: int | None = self.cleaned_data["days"]
        return now() + timedelta(days=days) if days else None


class RemoveForm(forms.Form):
    """Whether the address is to leave SES's list as well."""

    at_ses = forms.BooleanField(
        label=gettext_lazy("Off the list of Amazon SES as well"), required=False
    )

    def __init__(self, *args: Any, may_change_ses: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_change_ses:
            del self.fields["at_ses"]


class ImportListForm(AccountForm):
    """A CSV file with addresses."""

    field_order = ("file", "note", "mailer")

    file = forms.FileField(
        label=gettext_lazy("CSV file"),
        help_text=gettext_lazy(
            "The first column is the address and the second the reason (bounce,"
            " complaint or manual), as in SES's own format; or the first line names the"
            " columns: address, reason, scope, expires, note."
        ),
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("For lines that have none."),
        widget=_text(),
    )

    def clean_file(self) -> list[str]:
        """Return the file's lines."""
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > FILE_BYTES_MAX:
            raise ValidationError(_("The file is larger than 10 MB; split it."))
        content: bytes = file.read()
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ValidationError(_("The file is not text in UTF-8.")) from error
        # As csv wants them: a cell may have a line feed, or U+2028, in it.
        return list(io.StringIO(text, newline=""))
