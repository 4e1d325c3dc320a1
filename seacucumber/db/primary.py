"""Rows of the queue are read where they are written."""

from __future__ import annotations

from typing import TypeVar

from django.db import models, router

_Row = TypeVar("_Row", bound=models.Model, covariant=True)


class PrimaryQuerySet(models.QuerySet[_Row]):
    """Rows that are read from the database that they are written to.

    A router may send other reads to a replica, which lags behind: of a queue it would
    show what is done already, and hide what has just been put in.
    """

    @property
    def db(self) -> str:
        """The alias of that database, unless ``using()`` has named one."""
        # What Django's own property looks at; there are no public names for them.
        pinned: str | None = self._db  # type: ignore[attr-defined]
        hints = self._hints  # type: ignore[attr-defined]
        return pinned or router.db_for_write(self.model, **hints)
