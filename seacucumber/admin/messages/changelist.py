"""The list of messages: how one is found, and what is read of those on a page."""

from __future__ import annotations

from seacucumber.admin.large_tables.changelist import LongList
from seacucumber.admin.large_tables.id_range import Span
from seacucumber.admin.large_tables.search import Found
from seacucumber.admin.messages.search import find
from seacucumber.models import Message, Recipient


class MessageList(LongList):
    """One stretch of the list."""

    def find(self, text: str, span: Span, using: str) -> Found:
        """Return the messages that a text leads to."""
        return find(text, span, using)

    def rows_of(self, pks: list[int]) -> list[Message]:
        """Return the rows of a page, each with its recipients."""
        rows = self.root_queryset.filter(pk__in=pks).defer("tags", "metadata")
        addresses: dict[int, list[str]] = {}
        statuses: dict[int, list[int]] = {}
        recipients = Recipient.objects.using(self.root_queryset.db)
        for pk, address, status in (
            recipients.filter(message_id__in=pks)
            .order_by("id")
            .values_list("message_id", "address", "delivery_status")
        ):
            addresses.setdefault(pk, []).append(address)
            statuses.setdefault(pk, []).append(status)
        for row in rows:
            row.addresses = addresses.get(row.pk, [])
            row.statuses = statuses.get(row.pk, [])
        return sorted(rows, key=lambda row: -row.pk)
