"""Tables from before the first release are refused in a sentence."""

from __future__ import annotations

import pytest
from django.core.checks import Tags, run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

pytestmark = pytest.mark.django_db


def ids() -> list[str | None]:
    return [m.id for m in run_checks(tags=[Tags.database], databases=["default"])]


def test_tables_of_this_release_are_well() -> None:
    assert "seacucumber.E021" not in ids()


def test_e021_tables_from_before_it_are_named_and_migrate_leaves_them_alone() -> None:
    MigrationRecorder(connection).record_applied("seacucumber", "0002_queue_indexes")

    assert "seacucumber.E021" in ids()
    with pytest.raises(SystemCheckError, match=r"from before 2\.0"):
        call_command("migrate", verbosity=0, skip_checks=False)
