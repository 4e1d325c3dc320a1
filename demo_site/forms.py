"""The form of the demo's page."""

from __future__ import annotations

from django import forms


class LetterForm(forms.Form):
    """One mail, or many of the same."""

    to = forms.EmailField(label="To", initial="ann@example.com")
    subject = forms.CharField(max_length=200, initial="Hello from the sea floor")
    body = forms.CharField(widget=forms.Textarea(attrs={"rows": 5}), required=False)
    lane = forms.ChoiceField(
        choices=[("transactional", "transactional"), ("bulk", "bulk")],
        help_text="Bulk waits for everything transactional.",
    )
    copies = forms.IntegerField(
        label="How many",
        min_value=1,
        max_value=1000,
        initial=1,
        help_text="Each is a mail of its own, ann+1@…, ann+2@… and so on.",
    )

    def addresses(self) -> list[str]:
        """Return the address of each copy."""
        to, copies = self.cleaned_data["to"], self.cleaned_data["copies"]
        if copies == 1:
            return [to]
        local_part, _, domain = to.rpartition("@")
        return [f"{local_part}+{number}@{domain}" for number in range(1, copies + 1)]
