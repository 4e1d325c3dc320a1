"""The base of pages about messages and holds."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import ModelAdmin

from seacucumber.admin.pages import AdminPage


class Page(AdminPage):
    """An `AdminPage` that knows its model's admin once it has a URL."""

    #: as_view() takes attributes only that the class has.
    model_admin: ModelAdmin[Any] = None  # type: ignore[assignment]
