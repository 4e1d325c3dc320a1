"""The indexes that the lists of messages live on, at no cost to the queue.

The recipients' index has the message's id beside the address, so that the newest of a
hundred thousand messages to one address are found without sorting. It takes the place
of the index on the address alone; on PostgreSQL of two, because this one also answers
how an address begins.

The index of messages that are not sent has the id behind the state, for "the newest
that failed". It takes the place of the one on state and lane.
"""

from __future__ import annotations

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

MESSAGES = "seacucumber_message"
RECIPIENTS = "seacucumber_recipient"

LIVE = "seacucumber_message_live"
OLD_CONDITION = "state IN (0, 1, 2, 4, 5, 7)"
# SQLite uses a partial index only where the query has its condition, word for word,
# and an IN with parameters never counts as the same. `~Q(state=MessageState.SENT)` is
# this. PostgreSQL sees by itself that what is failed is not sent.
NOT_SENT = "NOT (state = 3)"
ADDRESSES = "seacucumber_recipient_who"


def create(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _drop_index(schema_editor, LIVE, MESSAGES)
    _create_index(schema_editor, LIVE, MESSAGES, "state, id, lane", NOT_SENT)
    by_pattern = schema_editor.connection.vendor == "postgresql"
    address = "address varchar_pattern_ops" if by_pattern else "address"
    _create_index(schema_editor, ADDRESSES, RECIPIENTS, f"{address}, message_id")


def drop(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _drop_index(schema_editor, ADDRESSES, RECIPIENTS)
    _drop_index(schema_editor, LIVE, MESSAGES)
    _create_index(schema_editor, LIVE, MESSAGES, "state, lane", OLD_CONDITION)


def _create_index(
    schema_editor: BaseDatabaseSchemaEditor,
    name: str,
    table: str,
    columns: str,
    condition: str = "",
) -> None:
    partial = schema_editor.connection.features.supports_partial_indexes
    where = f" WHERE {condition}" if partial and condition else ""
    schema_editor.execute(f"CREATE INDEX {name} ON {table} ({columns}){where}")


def _drop_index(schema_editor: BaseDatabaseSchemaEditor, name: str, table: str) -> None:
    on_table = f" ON {table}" if schema_editor.connection.vendor == "mysql" else ""
    schema_editor.execute(f"DROP INDEX {name}{on_table}")


class Migration(migrations.Migration):
    dependencies = [("seacucumber", "0004_figures")]
    operations = [
        # First: SQLite makes the table anew for it, without indexes of ours.
        migrations.AlterField(
            model_name="recipient",
            name="address",
            field=models.CharField(max_length=320),
        ),
        # MySQL cannot make indexes inside a transaction; elsewhere the migration is one.
        migrations.RunPython(create, drop, atomic=False),
    ]
