"""Filters of more than one list."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AllValuesFieldListFilter
from django.utils.translation import gettext_lazy as _


class AccountFilter(AllValuesFieldListFilter):
    """The accounts that have rows; shown where there are several."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("account")

    def has_output(self) -> bool:
        """Tell whether there is anything to choose."""
        return len(self.lookup_choices) > 1
