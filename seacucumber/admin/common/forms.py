"""Choices that the database or the settings offer."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms


def offer(form: forms.Form, name: str, choices: Iterable[tuple[str, str]]) -> None:
    """Let a field offer these choices; with one of them there is nothing to ask.

    Args:
        name: A `forms.ChoiceField` of the form.
        choices: (value, label) of each.
    """
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type
    offered = list(choices)
    field.choices = offered
    if len(offered) == 1:
        field.initial = offered[0][0]
        field.widget = forms.HiddenInput()
