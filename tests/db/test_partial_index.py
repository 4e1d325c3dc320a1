"""An index that is partial where the database can, and stays where it is."""

from __future__ import annotations

import pytest
from django.core.checks import Tags, run_checks
from django.db import connection, models
from django.db.migrations.state import ModelState, ProjectState

from seacucumber.db.partial_index import PartialIndex
from seacucumber.models import Message

CLAIM, DUE, LIVE = (
    "seacucumber_message_claim",
    "seacucumber_message_due",
    "seacucumber_message_live",
)


def columns() -> dict[str, list[str]]:
    """Return the columns of the indexes that the database has on messages."""
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, Message._meta.db_table)
    return {name: row["columns"] for name, row in found.items() if row["index"]}


@pytest.mark.django_db
def test_the_queue_has_its_indexes() -> None:
    state = [] if connection.features.supports_partial_indexes else ["state"]
    found = columns()

    assert found[CLAIM] == [
        *state,
        *("pace_key", "held_back", "lane", "ready_at_us", "id"),
    ]
    assert found[DUE] == [*state, "pace_key", "due_at_us"]
    assert found[LIVE] == ["state", "id", "lane"]


@pytest.mark.django_db
def test_nobody_who_migrates_is_warned_of_conditions_that_mysql_ignores() -> None:
    found = run_checks(tags=[Tags.models], databases=["default"])

    assert [m.id for m in found if m.obj is Message] == []


@pytest.mark.django_db(transaction=True)
def test_a_column_that_comes_later_takes_no_index_away() -> None:
    """SQLite makes a table anew for it."""
    before = columns()
    state = ProjectState()
    state.add_model(ModelState.from_model(Message))
    message = state.apps.get_model("seacucumber", "Message")
    later = models.CharField(max_length=8, default="", db_default="")
    later.set_attributes_from_name("later")
    later.model = message

    with connection.schema_editor() as editor:
        editor.add_field(message, later)
    try:
        assert columns() == before
    finally:
        with connection.schema_editor() as editor:
            editor.remove_field(message, later)
    assert columns() == before


def test_a_migration_makes_it_as_it_is_declared() -> None:
    index = PartialIndex(
        fields=["number"], name="some", rows=models.Q(number=1), leading="state"
    )

    path, arguments, options = index.deconstruct()

    assert path == "seacucumber.db.partial_index.PartialIndex"
    assert PartialIndex(*arguments, **options) == index
    assert index != PartialIndex(fields=["number"], name="some", rows=models.Q())
