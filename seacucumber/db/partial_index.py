"""An index of some of a table's rows, where the database has such indexes."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement


class PartialIndex(models.Index):
    """An index of the rows that the queue lives on: history costs it nothing.

    MySQL and MariaDB have no partial indexes. Django would leave the condition out
    there and warn whoever migrates; what stands in for it is known here.

    Args:
        rows: Which rows are in it.
        leading: The column that comes first in the full index that MySQL and MariaDB
            get; empty if the fields begin with it.
    """

    def __init__(self, *, rows: models.Q, leading: str = "", **options: Any) -> None:
        super().__init__(**options)
        self.rows = rows
        self.leading = leading

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        """Return how a migration makes it."""
        path, arguments, options = super().deconstruct()
        options["rows"] = self.rows
        if self.leading:
            options["leading"] = self.leading
        return path, arguments, options

    def create_sql(
        self,
        model: type[models.Model],
        schema_editor: BaseDatabaseSchemaEditor,
        using: str = "",
        **options: Any,
    ) -> Statement:
        """Return the statement that makes it on this database."""
        index = (
            models.Index(fields=self.fields, name=self.name, condition=self.rows)
            if schema_editor.connection.features.supports_partial_indexes
            else models.Index(
                fields=[*filter(None, [self.leading]), *self.fields], name=self.name
            )
        )
        return index.create_sql(model, schema_editor, using, **options)
