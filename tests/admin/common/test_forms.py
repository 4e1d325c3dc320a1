"""Forms ask for an account only where there is something to choose."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ses")]

FORMS = [
    ("identity/add/", "mailer"),
    ("hold/pause/", "account"),
    ("message/send-test/", "mailer"),
]


def field(client: Client, path: str, name: str) -> str:
    """Return the tag that has the field."""
    page = client.get(f"/admin/seacucumber/{path}").content.decode()
    found = re.search(rf'<(?:select|input)[^>]* name="{name}"[^>]*>', page)
    assert found, page
    return found[0]


@pytest.mark.parametrize(("path", "name"), FORMS)
def test_the_only_account_is_taken_without_a_question(
    admin_client: Client, path: str, name: str
) -> None:
    tag = field(admin_client, path, name)

    assert tag.startswith("<input")
    assert 'type="hidden"' in tag
    assert 'value=""' not in tag


@pytest.mark.parametrize(("path", "name"), FORMS)
def test_of_several_accounts_one_is_chosen(
    admin_client: Client, settings: Any, path: str, name: str
) -> None:
    row = {"BACKEND": "seacucumber.backend.SESBackend"}
    settings.MAILERS = {
        "default": row,
        "abroad": {**row, "OPTIONS": {"ses_region_name": "us-east-1"}},
    }

    assert field(admin_client, path, name).startswith("<select")
