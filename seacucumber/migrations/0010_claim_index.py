"""The index of queued mail knows what is held back, so that a claim never walks it.

It takes the place of the index on the time alone, made while mail flows: PostgreSQL
does so concurrently, MySQL and MariaDB in place. A process that runs the code from
before finds its mail by the account, which is the first column.
"""

from __future__ import annotations

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

TABLE = "seacucumber_message"
NEW = ("seacucumber_message_claim", "pace_key, held_back, lane, ready_at_us, id")
OLD = ("seacucumber_message_ready", "pace_key, lane, ready_at_us, id")


def create(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _replace(schema_editor, OLD, NEW)


def restore(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _replace(schema_editor, NEW, OLD)


def _replace(
    schema_editor: BaseDatabaseSchemaEditor, gone: tuple[str, str], come: tuple[str, str]
) -> None:
    vendor = schema_editor.connection.vendor
    concurrently = "CONCURRENTLY " if vendor == "postgresql" else ""
    name, columns = come
    if vendor == "mysql":
        schema_editor.execute(f"CREATE INDEX {name} ON {TABLE} (state, {columns})")
        schema_editor.execute(f"DROP INDEX {gone[0]} ON {TABLE}")
        return
    # One that was interrupted is there, and of no use.
    schema_editor.execute(f"DROP INDEX {concurrently}IF EXISTS {name}")
    schema_editor.execute(
        f"CREATE INDEX {concurrently}{name} ON {TABLE} ({columns}) WHERE state = 0"
    )
    schema_editor.execute(f"DROP INDEX {concurrently}IF EXISTS {gone[0]}")


class Migration(migrations.Migration):
    # PostgreSQL makes no index concurrently inside a transaction.
    atomic = False
    dependencies = [("seacucumber", "0009_held_back")]
    operations = [migrations.RunPython(create, restore, atomic=False)]
