"""The filters of the list of messages, and what each costs the database."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from seacucumber.admin.large_tables.filters import LongListFilter, TimeFilter
from seacucumber.conf import mailer_aliases, names_mailers
from seacucumber.enums import Lane, MessageState
from seacucumber.models import Message
from seacucumber.models.queue.transitions import NOT_SENT
from seacucumber.text.sanitize import sanitize


class StateFilter(LongListFilter):
    """By state. Most messages are sent: that one has no index and needs none."""

    title = _("state")
    parameter_name = "state"

    def offered(self) -> list[tuple[str, Any]]:
        """Return the states by their names."""
        return [(state.name.lower(), state.label) for state in MessageState]

    def indexed(self) -> Q:
        """All states but sent have few rows and an index."""
        if self._state is None or self._state is MessageState.SENT:
            return Q()
        return NOT_SENT & Q(state=self._state)

    def scanned(self) -> Q:
        """Sent ones are nearly everywhere."""
        sent = self._state is MessageState.SENT
        return Q(state=MessageState.SENT) if sent else Q()

    @property
    def _state(self) -> MessageState | None:
        value = self.value()
        return MessageState[value.upper()] if value else None


class LaneFilter(LongListFilter):
    """By lane."""

    title = _("lane")
    parameter_name = "lane"

    def offered(self) -> list[tuple[str, Any]]:
        """Return the lanes by their names."""
        return [(lane.name.lower(), lane.label) for lane in Lane]

    def scanned(self) -> Q:
        """No index begins with the lane."""
        value = self.value()
        return Q(lane=Lane[value.upper()]) if value else Q()


class MailerFilter(LongListFilter):
    """By mailer, where mailers have names; also those that have gone since."""

    #: No mailer's name that anybody would give.
    _GONE = "(gone)"

    title = _("mailer")
    parameter_name = "mailer"

    def offered(self) -> list[tuple[str, Any]]:
        """Return the aliases that are configured, and all others as one choice."""
        if not names_mailers():
            return []
        known = [(alias, sanitize(alias)) for alias in mailer_aliases()]
        return [*known, (self._GONE, _("not configured any more"))]

    def scanned(self) -> Q:
        """No index begins with the mailer."""
        value = self.value()
        if value == self._GONE:
            return ~Q(mailer__in=mailer_aliases())
        return Q(mailer=value) if value else Q()


class DateFilter(TimeFilter):
    """By when it was queued."""

    inserted_at = Message._meta.get_field("created_at")
