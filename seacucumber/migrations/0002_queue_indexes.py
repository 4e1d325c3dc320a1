"""The indexes that the queue lives on, as good as each database can make them.

Where partial indexes exist, history costs the queue nothing: ten million sent
messages are not in them. MySQL and MariaDB get full ones.
"""

from __future__ import annotations

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

TABLE = "seacucumber_message"

#: name: (columns, condition)
INDEXES = {
    "seacucumber_message_ready": (
        ("pace_key", "lane", "ready_at_us", "id"),
        "state = 0",
    ),
    # Not by state: SQLite uses no index with an IN for a query with parameters, but
    # knows that what is less than something is not null.
    "seacucumber_message_due": (("pace_key", "due_at_us"), "due_at_us IS NOT NULL"),
    "seacucumber_message_live": (
        ("state", "lane"),
        "state IN (0, 1, 2, 4, 5, 7)",
    ),
}

# The queue's rows change a few times and the tables grow by inserts: vacuum by count,
# not by share, or a large history keeps it away for days.
STORAGE = (
    "ALTER TABLE seacucumber_message SET (fillfactor = 85,"
    " autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,"
    " autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 10000)",
    "ALTER TABLE seacucumber_pace SET (fillfactor = 50)",
)


def create(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    connection = schema_editor.connection
    quote = connection.ops.quote_name
    partial = connection.features.supports_partial_indexes
    for name, (columns, condition) in INDEXES.items():
        if not partial and columns[0] != "state":
            columns = ("state", *columns)
        listed = ", ".join(quote(column) for column in columns)
        where = f" WHERE {condition}" if partial else ""
        schema_editor.execute(
            f"CREATE INDEX {quote(name)} ON {quote(TABLE)} ({listed}){where}"
        )
    if connection.vendor == "postgresql":
        for statement in STORAGE:
            schema_editor.execute(statement)


def drop(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    connection = schema_editor.connection
    quote = connection.ops.quote_name
    on_table = f" ON {quote(TABLE)}" if connection.vendor == "mysql" else ""
    for name in INDEXES:
        schema_editor.execute(f"DROP INDEX {quote(name)}{on_table}")


class Migration(migrations.Migration):
    dependencies = [("seacucumber", "0001_initial")]
    # MySQL cannot make indexes inside a transaction; elsewhere the migration is one.
    operations = [migrations.RunPython(create, drop, atomic=False)]
