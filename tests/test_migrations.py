"""A rolling upgrade: processes of the code before run on the tables of the code after.

From the migration after the first on: on that nothing older runs.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import AddField, AddIndex, AlterField, RemoveField
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import NOT_PROVIDED
from django.utils import timezone

APP = "seacucumber"
FIRST = "0001_initial"
#: Tables that have as many rows as there was mail.
LARGE = frozenset({"message", "recipient", "attempt", "event", "bodychunk"})

pytestmark = pytest.mark.django_db


def names() -> list[str]:
    loader = MigrationLoader(None)
    return sorted(name for app, name in loader.disk_migrations if app == APP)


def fault(operation: Operation, state: ProjectState) -> str:
    """Return what an operation would break in a rolling upgrade; empty if nothing."""
    if isinstance(operation, AddField):
        field = operation.field
        if (
            not field.null
            and field.db_default is NOT_PROVIDED
            and not field.many_to_many
        ):
            return f"{operation.name}: not null without db_default, old inserts fail"
    if isinstance(operation, AddIndex) and operation.model_name_lower in LARGE:
        return f"{operation.index.name}: made under a lock that stops all writes"
    if isinstance(operation, RemoveField):
        return f"{operation.name}: old processes read and write it"
    if isinstance(operation, AlterField):
        old = state.models[APP, operation.model_name_lower].fields[operation.name]
        if column(old) != column(operation.field):
            return f"{operation.name}: the column changes, and the table is rewritten"
    return ""


def column(field: Any) -> tuple[Any, ...]:
    kept = field.clone()
    kept.set_attributes_from_name("name")
    return kept.db_type(connection), kept.null, kept.unique


def test_no_migration_breaks_a_process_that_runs_the_code_before() -> None:
    loader = MigrationLoader(connection)
    found = []
    for name in names():
        if name == FIRST:
            continue
        migration = loader.get_migration(APP, name)
        state = loader.project_state(migration.dependencies[0])
        for operation in migration.operations:
            found.append(fault(operation, state))
            operation.state_forwards(APP, state)

    assert not [each for each in found if each]


@pytest.mark.parametrize(
    "operation",
    [
        AddField("message", "x", models.IntegerField(default=0)),
        AddIndex("message", models.Index(fields=["uid"], name="x")),
        RemoveField("message", "lane"),
        AlterField("message", "uid", models.CharField(max_length=64, unique=True)),
    ],
)
def test_what_would_break_them_is_seen(operation: Operation) -> None:
    assert fault(operation, MigrationLoader(connection).project_state((APP, FIRST)))


def test_the_code_before_inserts_and_claims() -> None:
    state = MigrationLoader(connection).project_state((APP, FIRST))
    message = state.apps.get_model(APP, "Message")
    now = timezone.now()
    given = {
        field.name: {"DateTimeField": now, "CharField": "x"}.get(
            field.get_internal_type(), 0
        )
        for field in message._meta.concrete_fields
        if not field.primary_key and not field.null and not field.has_default()
    }

    row = message.objects.create(**given)

    assert message.objects.filter(pk=row.pk, state=0).update(state=1) == 1
    assert message.objects.get(pk=row.pk).state == 1
