"""Whether SES's events of an account's mail are seen to arrive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from seacucumber.conf import get_mailer
from seacucumber.db.clock import after_us
from seacucumber.figures.limits import Account
from seacucumber.models import EventRoute
from seacucumber.models.events.route import FORGOTTEN_AFTER_S
from seacucumber.text.sanitize import sanitize
from seacucumber.text.times import of_us

_ROUTES_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """A route of which events came, and come no more although mail was accepted.

    Args:
        since: When SES accepted the newest mail that was heard of.
    """

    name: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A route of which events came.

    Args:
        at: When the last one did.
    """

    name: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """Events of one account.

    Args:
        expected: Whether the settings of its mailers name a queue or a topic.
        ever: Whether an event of our own mail has ever come.
        silent: Routes that have fallen silent, the longest silence first.
        given_up: Likewise, for so long that nobody seems to expect them any more, as
            the settings do not either.
        unheard: Routes of the last day's mail of which nothing was ever heard.
    """

    expected: bool
    ever: bool
    silent: tuple[Silent, ...]
    given_up: tuple[Silent, ...]
    unheard: tuple[str, ...]


def read_events(account: Account, now_us: int) -> Events:
    """Return whether events of an account's mail arrive."""
    mailers = [get_mailer(alias) for alias in account.aliases]
    expected = any(mailer.event_queues or mailer.sns_topics for mailer in mailers)
    found = EventRoute.objects.silences(
        account.key,
        wait_s=max(mailer.uncertain_wait_s for mailer in mailers),
        now_us=now_us,
    )
    long_ago_us = after_us(now_us, -FORGOTTEN_AFTER_S)
    silent: list[Silent] = []
    given_up: list[Silent] = []
    for each in found:
        if each.route is None:
            continue
        forgotten = each.route.heard_at_us < long_ago_us
        (given_up if forgotten and not expected else silent).append(
            Silent(name=each.name, since=of_us(each.route.accepted_until_us))
        )
    return Events(
        expected=expected,
        ever=EventRoute.objects.filter(pace_key=account.key).exists(),
        silent=tuple(sorted(silent, key=lambda each: each.since)),
        given_up=tuple(given_up),
        unheard=tuple(
            each.name
            for each in found
            if each.route is None and each.mailed_at_us > long_ago_us
        ),
    )


def heard_routes(key: str) -> tuple[Heard, ...]:
    """Return the routes of an account, those that were heard of last."""
    rows = EventRoute.objects.filter(pace_key=key).order_by("-heard_at_us", "name")
    return tuple(
        Heard(name=row.name, at=of_us(row.heard_at_us)) for row in rows[:_ROUTES_SHOWN]
    )


def route_in_words(name: str) -> str:
    """Return what a route's mail is, to go into a sentence."""
    if name.startswith("@"):
        return _("mail from %(domain)s") % {"domain": sanitize(name[1:])}
    return _("configuration set %(name)s") % {"name": sanitize(name)}
