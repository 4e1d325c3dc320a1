"""Whether SES's events of what we send are seen to arrive."""

from __future__ import annotations

from seacucumber.conf import get_mailer, get_mailer_or_default, mailer_aliases
from seacucumber.db import clock
from seacucumber.delivery import queue_database
from seacucumber.models import EventRoute
from seacucumber.models.events.route import Connection, route_name


def events_connected(
    pace_key: str, configuration_set: str = "", *, sender: str = ""
) -> Connection:
    """Return whether events of mail through one configuration set arrive.

    Args:
        configuration_set: That of the mail; empty if it names none, and SES takes the
            default of the sender's identity.
        sender: The sender's address, if there is no configuration set.
    """
    aliases = {get_mailer(alias).pace_key: alias for alias in mailer_aliases()}
    mailer = get_mailer_or_default(aliases.get(pace_key, ""))
    return EventRoute.objects.connection(
        pace_key,
        route_name(configuration_set, sender),
        wait_s=mailer.uncertain_wait_s,
        now_us=clock.read_us(queue_database()),
    )


def known_routes() -> dict[str, Connection]:
    """Return whether events arrive, by account and configuration set, wherever some
    ever did. A name with ``@`` is that of senders whose mail names no set.
    """
    return {
        f"{row.pace_key} {row.name}": events_connected(
            row.pace_key, row.name, sender=row.name
        )
        for row in EventRoute.objects.order_by("pace_key", "name")
    }
