"""The admin's pages that `rows` measures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.urls import reverse

from benchmarks.row_generator import BUSY_ADDRESS, address_of, ses_id_of, uid_of


def pages_of(count: int) -> Iterator[tuple[str, str]]:
    """Yield the title and the URL of each page, on a table of so many messages."""
    messages = reverse("admin:seacucumber_message_changelist")
    day = (datetime.now(UTC) - timedelta(days=30)).date()
    yield "dashboard", reverse("admin:seacucumber_dashboard_changelist")
    yield "list", messages
    yield "list, page 40", f"{messages}?p=40"
    yield "list, from the middle on", f"{messages}?before={count // 2}"
    for query in ("failed", "queued", "sent", "cancelled", "held"):
        yield f"list of {query}", f"{messages}?state={query}"
    yield "list of bulk", f"{messages}?lane=bulk"
    yield "list of failed bulk", f"{messages}?state=failed&lane=bulk"
    yield "list of 24 hours", f"{messages}?when=24h"
    yield "list of one day", f"{messages}?when={day}"
    yield "search: address", f"{messages}?q={address_of(count - 5, count)}"
    yield "search: busy address", f"{messages}?q={BUSY_ADDRESS}"
    yield "search: how an address begins", f"{messages}?q=ann12"
    yield "search: SES id", f"{messages}?q={ses_id_of(count - 11)}"
    yield "search: our id", f"{messages}?q={uid_of(count // 3)}"
    yield "search: subject", f"{messages}?q=password"
    yield "search: nothing", f"{messages}?q=zzzzzz"
    yield "holds", reverse("admin:seacucumber_hold_changelist")
    for title, pk in (("newest", count), ("oldest", 1)):
        url = reverse("admin:seacucumber_message_change", args=[pk])
        yield f"message, {title}", url
    yield from _event_pages(count)


def _event_pages(count: int) -> Iterator[tuple[str, str]]:
    events = reverse("admin:seacucumber_event_changelist")
    yield "events", events
    yield "events, from the middle on", f"{events}?before={count}"
    for query in ("delivery", "bounce"):
        yield f"events: {query}", f"{events}?type={query}"
    for query in ("ours", "others"):
        yield f"events: {query}", f"{events}?whose={query}"
    yield "events: bounces of others", f"{events}?type=bounce&whose=others"
    yield "events of 24 hours", f"{events}?when=24h"
    yield "events of a message", f"{events}?message={count // 3}"
    yield "events: address", f"{events}?q={address_of(count - 5, count)}"
    yield "events: how an address begins", f"{events}?q=ann12"
    yield "events: SES id", f"{events}?q={ses_id_of(count - 11)}"
    yield "events: nothing", f"{events}?q=zzzzzz"
    yield "event", reverse("admin:seacucumber_event_change", args=[count])
