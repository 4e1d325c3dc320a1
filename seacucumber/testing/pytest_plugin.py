"""The pytest fixture ``local_ses``. Put this into a ``conftest.py``::

    pytest_plugins = ["seacucumber.testing.pytest_plugin"]

and a test sends real calls to a server of its own::

    def test_welcome(local_ses, ...):
        local_ses.verify("shop.example")
        ...
        [message] = local_ses.wait_for(1)
        assert message.subject == "Welcome"
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from seacucumber.testing.http.server import ACCESS_KEY_ID, SECRET_ACCESS_KEY, LocalSES

try:
    from django.conf import settings as django_settings
except ImportError:  # pragma: no cover - then there are no settings to change
    HAS_DJANGO = False
else:
    HAS_DJANGO = True


@pytest.fixture
def local_ses(request: pytest.FixtureRequest) -> Iterator[LocalSES]:
    """A fresh local SES; Sea Cucumber's settings point at it during the test."""
    with LocalSES() as ses:
        if HAS_DJANGO and django_settings.configured:
            _point(request.getfixturevalue("settings"), ses)
        yield ses


def _point(settings: Any, ses: LocalSES) -> None:
    """Change Django's settings, through the fixture that restores them."""
    settings.CUCUMBER_ENDPOINT_URL = ses.url
    settings.CUCUMBER_SES_ACCESS_KEY_ID = ACCESS_KEY_ID
    settings.CUCUMBER_SES_SECRET_ACCESS_KEY = SECRET_ACCESS_KEY
    settings.CUCUMBER_SES_REGION_NAME = ses.settings.region
