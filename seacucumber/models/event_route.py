"""Whether events of what we send arrive: which way was heard of, and when."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


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
