"""The frozen MIME bytes of messages, in a table of their own."""

from __future__ import annotations

from collections.abc import Collection

from django.db import models
from django.utils.translation import gettext_lazy as _

from seacucumber.db.primary import PrimaryQuerySet

CHUNK_BYTES = 512 * 1024


class BodyChunkQuerySet(PrimaryQuerySet["BodyChunk"]):
    """Bodies, read and dropped for many messages at once."""

    def of(self, message_ids: Collection[int]) -> dict[int, bytes]:
        """Return the bodies by message id; a message without one is missing."""
        chunks: dict[int, list[bytes]] = {}
        rows = self.filter(message_id__in=message_ids).order_by("message_id", "number")
        for pk, data in rows.values_list("message_id", "data"):
            chunks.setdefault(pk, []).append(bytes(data))
        return {pk: b"".join(parts) for pk, parts in chunks.items()}

    def drop(self, message_ids: Collection[int]) -> None:
        """Delete the bodies of these messages."""
        # Not delete(): that would read the rows first to look for dependents.
        self.filter(message_id__in=message_ids)._raw_delete(self.db)


def chunks(message_id: int, raw: bytes) -> list[BodyChunk]:
    """Return the rows, not yet saved, that hold a message's bytes."""
    return [
        BodyChunk(
            message_id=message_id, number=number, data=raw[start : start + CHUNK_BYTES]
        )
        for number, start in enumerate(range(0, len(raw), CHUNK_BYTES))
    ]


class BodyChunk(models.Model):
    """A piece of a message's frozen MIME bytes.

    Chunks, because MariaDB takes 16 MB in one packet by default and SES takes 40 MB;
    a table of their own, so that the rows of the queue stay narrow.
    """

    message = models.ForeignKey(
        "seacucumber.Message", on_delete=models.CASCADE, related_name="body_chunks"
    )
    number = models.PositiveSmallIntegerField()
    data = models.BinaryField()

    objects = BodyChunkQuerySet.as_manager()

    class Meta:
        verbose_name = _("body chunk")
        verbose_name_plural = _("body chunks")
        constraints = (
            models.UniqueConstraint(
                fields=["message", "number"], name="seacucumber_body_chunk"
            ),
        )

    def __str__(self) -> str:
        return f"{self.message_id}/{self.number}"
