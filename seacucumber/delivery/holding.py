"""The end of a hold."""

from __future__ import annotations

from seacucumber.models import Hold, Message


def lift(hold: Hold, now_us: int) -> None:
    """Remove a hold and let the mail that it kept take its turn again."""
    Hold.objects.filter(pk=hold.pk).delete()
    Message.objects.unpark(hold.messages(), now_us=now_us)
