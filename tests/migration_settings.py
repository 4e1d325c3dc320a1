"""Settings of ``make migrations``: those of the tests, with a linter for migrations."""

from __future__ import annotations

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "django_migration_linter"]

MIGRATION_LINTER_OPTIONS = {
    "no_cache": True,
    "warnings_as_errors": [],
    # The tables of 2.0 as it is first released: nothing older runs on them. A migration
    # that the linter is wrong about joins them here, with the reason.
    "ignore_name": [
        "0001_initial",
    ],
}
