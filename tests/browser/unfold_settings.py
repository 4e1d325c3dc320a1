"""The suite's settings with django-unfold, which brings inline styles of its own."""

from __future__ import annotations

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS, MIDDLEWARE

# It replaces the admin's templates, so it comes first.
INSTALLED_APPS = ["unfold", *INSTALLED_APPS]
MIDDLEWARE = [name for name in MIDDLEWARE if name != "tests.csp.StrictPolicy"]
