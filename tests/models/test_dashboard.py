"""The dashboard has no table, and nobody stumbles over that."""

from __future__ import annotations

import io

import pytest
from django.core.management import call_command

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("use_base_manager", [False, True])
def test_everything_can_be_dumped(use_base_manager: bool) -> None:
    dump = io.StringIO()

    call_command(
        "dumpdata", "seacucumber", stdout=dump, use_base_manager=use_base_manager
    )

    assert dump.getvalue().strip() == "[]"
