"""Mail that goes past the queue."""

from __future__ import annotations

from typing import Any

import django
import pytest

from seacucumber.checks import backend
from tests.checks.test_checks import found


def use_backend(settings: Any, path: str) -> None:
    """Let Django send its mail through a backend, as its version has it."""
    if django.VERSION >= (6, 1):
        settings.MAILERS = {"default": {"BACKEND": path}}
    else:
        settings.EMAIL_BACKEND = path


@pytest.mark.parametrize("path", sorted(backend._OTHERS))
def test_w035_a_backend_that_takes_the_mail_itself(path: str, settings: Any) -> None:
    use_backend(settings, path)

    message = found()["seacucumber.W035"]

    assert path in message.msg
    assert "docs/from-" in str(message.hint)


@pytest.mark.parametrize("kind", ["locmem", "console", "dummy", "smtp", "filebased"])
def test_mail_is_kept_from_leaving_in_tests_and_development(
    kind: str, settings: Any
) -> None:
    use_backend(settings, f"django.core.mail.backends.{kind}.EmailBackend")

    assert found() == {}


@pytest.mark.parametrize(
    ("path", "name", "value"),
    [
        (
            "djcelery_email.backends.CeleryEmailBackend",
            "CELERY_EMAIL_BACKEND",
            "seacucumber.backend.SESBackend",
        ),
        (
            "post_office.EmailBackend",
            "POST_OFFICE",
            {"BACKENDS": {"ses": "seacucumber.backend.SESBackend"}},
        ),
    ],
)
def test_a_backend_may_hand_its_mail_on_to_us(
    path: str, name: str, value: object, settings: Any
) -> None:
    use_backend(settings, path)
    setattr(settings, name, value)

    assert found() == {}


@pytest.mark.skipif(django.VERSION < (6, 1), reason="MAILERS is of Django 6.1")
def test_one_of_several_mailers_may_be_anothers(settings: Any) -> None:
    settings.MAILERS = {
        "default": {"BACKEND": "seacucumber.backend.SESBackend"},
        "marketing": {"BACKEND": "anymail.backends.amazon_ses.EmailBackend"},
    }

    assert found() == {}
