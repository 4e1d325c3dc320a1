"""Whether events of what we send arrive: which way was heard of, and when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.db import models
from django.db.models import Max
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from seacucumber.db import clock
from seacucumber.db.bulk_select import select
from seacucumber.db.clock import US_PER_S, after_us
from seacucumber.db.primary import PrimaryQuerySet
from seacucumber.enums import AttemptOutcome, EventFlow
from seacucumber.models.queue.attempt import Attempt

#: Writing down that a route works, for every event, would be a row that all fight for.
_HEAR_EVERY_US = US_PER_S
_HEARD = ("id", "pace_key", "name", "heard_at_us", "accepted_until_us")
#: How far SES's clock, and the order of its events, may be off.
MARGIN_US = 5 * US_PER_S
#: SES's clock may be so far ahead of the database's; beyond, one of them has jumped.
_APART_S = 60.0
#: Routes that were silent for that long, though there was mail, are not connected.
FORGOTTEN_AFTER_S = 86400.0
#: How far back accepted mail is looked for, in attempts before the newest that should
#: have been heard of: in all of the first ones, and at some places before.
_WITHOUT_GAPS = 10_000
_PLACES = (20_000, 50_000, 100_000, 200_000, 500_000)
_AT_EACH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """Whether events of one route arrive.

    Args:
        since_us: Since when it is so; 0 where they were never seen.
        heard_at_us: When one arrived last; 0 if never.
        accepted_until_us: When SES accepted the newest mail that was heard of.
    """

    flow: EventFlow
    since_us: int = 0
    heard_at_us: int = 0
    accepted_until_us: int = 0

    def silence_proves(self, at_us: int) -> bool:
        """Tell whether a mail that may have been accepted before a moment was not,
        if no event has told of it by now.

        Either later mail has been heard of since; or none was accepted that should
        have been. `docs/events.rst` has the reasoning, and its limits.
        """
        if self.accepted_until_us > at_us + MARGIN_US:
            return True
        return self.flow == EventFlow.WORKING


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A route of accepted mail of which nothing was heard.

    Args:
        route: What was heard of it before; None if nothing ever was.
        mailed_at_us: When the newest such mail left.
    """

    name: str
    route: EventRoute | None
    mailed_at_us: int


NEVER = Connection(flow=EventFlow.NEVER)


def route_name(configuration_set: str, sender: str) -> str:
    """Return the name of the route that a mail's events take."""
    return configuration_set or f"@{sender.rpartition('@')[2].lower()}"


class EventRouteQuerySet(PrimaryQuerySet["EventRoute"]):
    """Routes, as they are heard of and asked about."""

    def hear(self, accepted_us: Mapping[tuple[str, str], int], *, now_us: int) -> None:
        """Write down that events came.

        Args:
            accepted_us: When SES accepted the newest mail of each (pace key, name). By
                SES's clock: what is later than now is taken for now, or a clock that is
                wrong would speak for mail that is sent later. Where the two are farther
                apart than that, it proves nothing.
        """
        keys = {key for key, _name in accepted_us}
        rows = select(self.model, _HEARD, self.db, by="pace_key", values=keys)
        heard = {(key, name): (pk, *moments) for pk, key, name, *moments in rows}
        for (pace_key, name), told_us in sorted(accepted_us.items()):
            pk, heard_at_us, until_us = heard.get((pace_key, name), (None, 0, 0))
            comparable = not clock.is_too_far(told_us, now_us, longest_s=_APART_S)
            at_us = min(told_us, now_us) if comparable else 0
            if pk is None:
                self.get_or_create(
                    pace_key=pace_key,
                    name=name,
                    defaults={
                        "first_heard_at_us": now_us,
                        "heard_at_us": now_us,
                        "accepted_until_us": at_us,
                    },
                )
            elif max(heard_at_us, until_us) > now_us + MARGIN_US:
                # Written before the clock was set back: it would speak for mail that is
                # sent only then.
                self.filter(pk=pk).update(heard_at_us=now_us, accepted_until_us=at_us)
            elif (
                heard_at_us <= now_us - _HEAR_EVERY_US
                # Hours of mail may be told of in a second, when what waited comes in.
                or until_us <= at_us - _HEAR_EVERY_US
            ):
                self.filter(pk=pk).update(
                    heard_at_us=Greatest("heard_at_us", now_us),
                    accepted_until_us=Greatest("accepted_until_us", at_us),
                )

    def connection(
        self, pace_key: str, name: str, *, wait_s: float, now_us: int
    ) -> Connection:
        """Return whether events of a route arrive.

        Args:
            name: What `route_name` returns.
            wait_s: How long after SES accepted a mail its event may take.
        """
        row = self.filter(pace_key=pace_key, name=name).first()
        if row is None:
            return NEVER
        if row.accepted_until_us > now_us + MARGIN_US:
            # Written before the clock was set back: it speaks for no mail of now.
            return Connection(flow=EventFlow.SILENT, heard_at_us=now_us)
        silent = row.is_silent(after_us(now_us, -wait_s))
        if silent and row.heard_at_us < after_us(now_us, -FORGOTTEN_AFTER_S):
            return NEVER
        return Connection(
            flow=EventFlow.SILENT if silent else EventFlow.WORKING,
            since_us=row.accepted_until_us if silent else row.first_heard_at_us,
            heard_at_us=row.heard_at_us,
            accepted_until_us=row.accepted_until_us,
        )

    def silences(self, pace_key: str, *, wait_s: float, now_us: int) -> list[Silence]:
        """Return the routes of mail that was accepted of late and not heard of in time.

        Looks at mail, not at routes: it costs a dozen queries, however many there are.

        Args:
            wait_s: How long after SES accepted a mail its event may take.
        """
        mailed_us: dict[str, int] = {}
        before_us = after_us(now_us, -wait_s)
        for attempts in _recent_parts(_untold(pace_key, before_us), before_us):
            rows = attempts.values_list(
                "message__configuration_set", "message__sender"
            ).annotate(begun_us=Max("begun_at_us"))
            for configuration_set, sender, begun_us in rows.order_by():
                name = route_name(configuration_set, sender)
                mailed_us[name] = max(begun_us, mailed_us.get(name, 0))
        known = {
            row.name: row for row in self.filter(pace_key=pace_key, name__in=mailed_us)
        }
        found = (
            Silence(name=name, route=known.get(name), mailed_at_us=at_us)
            for name, at_us in sorted(mailed_us.items())
        )
        return [
            each
            for each in found
            if each.route is None
            or each.mailed_at_us > each.route.accepted_until_us + MARGIN_US
        ]


class EventRoute(models.Model):
    """What one configuration set of one account was heard to say.

    Of `EventType.SEND` with our tags only: SES publishes one for every mail that it
    accepts, so that silence means something where they are known to come.
    """

    pace_key = models.CharField(max_length=100)
    #: The configuration set of the messages; where they name none, ``@`` and the
    #: sender's domain, whose default in SES it is that counts.
    name = models.CharField(max_length=256)
    first_heard_at_us = models.BigIntegerField()
    heard_at_us = models.BigIntegerField()
    #: When SES accepted the newest of the mails that were heard of.
    accepted_until_us = models.BigIntegerField()

    objects = EventRouteQuerySet.as_manager()

    class Meta:
        verbose_name = _("event route")
        verbose_name_plural = _("event routes")
        constraints = (
            models.UniqueConstraint(
                fields=["pace_key", "name"], name="seacucumber_event_route_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.pace_key} {self.name}"

    def is_silent(self, before_us: int) -> bool:
        """Tell whether mail was accepted of which nothing has been heard.

        Attempts have ids in the order of time, and no index on it: the newest that
        should have been heard of is found by samples, and those before it are looked
        at, which finds a silence that lasts.

        Args:
            before_us: Mail that was accepted later may be heard of yet.
        """
        from_us = self.accepted_until_us + MARGIN_US
        if from_us >= before_us:
            return False
        accepted = _untold(self.pace_key, before_us).filter(begun_at_us__gt=from_us)
        if self.name.startswith("@"):
            mine = accepted.filter(
                message__configuration_set="", message__sender__iendswith=self.name
            )
        else:
            mine = accepted.filter(message__configuration_set=self.name)
        first = Attempt.objects.last_begun(from_us) - _AT_EACH
        parts = _recent_parts(mine, before_us, first=first)
        return any(part.exists() for part in parts)


def _untold(pace_key: str, before_us: int) -> models.QuerySet[Attempt]:
    """Return the attempts that SES accepted by a moment, and no event told of first."""
    return Attempt.objects.filter(
        outcome=AttemptOutcome.ACCEPTED,
        ses_message_id="",
        ended_at_us__lt=before_us,
        message__pace_key=pace_key,
    )


def _recent_parts(
    attempts: models.QuerySet[Attempt], before_us: int, *, first: int = 0
) -> Iterator[models.QuerySet[Attempt]]:
    """Yield the attempts before a moment: the last ones, and some places before them.

    Args:
        first: The id of the attempt to end at.
    """
    last = Attempt.objects.last_begun(before_us)
    places = ((last - place - _AT_EACH, last - place) for place in _PLACES)
    for after, until in ((last - _WITHOUT_GAPS, last + _AT_EACH), *places):
        if until > first:
            yield attempts.filter(pk__gt=max(first, after), pk__lte=until)
