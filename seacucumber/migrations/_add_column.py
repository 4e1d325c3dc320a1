"""A new column for a table of any size, made without rewriting it."""

from __future__ import annotations

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import AddField
from django.db.migrations.state import ProjectState


class AddColumn(AddField):
    """`AddField` for a field with a ``db_default``, instant on every database.

    PostgreSQL, MySQL and MariaDB keep such a default beside the table. So does SQLite,
    but Django would copy the table there for any column that is not null, and lose the
    indexes that are made by hand (0002_queue_indexes).
    """

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Add the column."""
        if schema_editor.connection.vendor != "sqlite":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            field = model._meta.get_field(self.name)
            # SQLite's own editor overrides this; the general one says ADD COLUMN.
            BaseDatabaseSchemaEditor.add_field(schema_editor, model, field)
