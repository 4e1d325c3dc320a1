"""The stored bytes of a message, who may see them, and that it is written down."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from seacucumber.admin.common.message_page import MessagePage
from seacucumber.conf import get_retention
from seacucumber.enums import MessageState
from seacucumber.models import BodyChunk, Message

VIEW_BODY = "seacucumber.view_body"
#: In the language of the log, which all read.
_READ = "Read its body."
#: The preview, the frame in it and the images in that are one view.
_ONE_VIEW = timedelta(minutes=1)


class BodyPage(MessagePage):
    """What is common to them: the stored bytes, and the permission for them."""

    view_permission = VIEW_BODY

    @property
    def raw(self) -> bytes:
        """The stored bytes; empty if they are gone."""
        owner = self.message.body_of_id or self.message.pk
        return BodyChunk.objects.of([owner]).get(owner, b"")

    def raw_or_404(self) -> bytes:
        """Return the stored bytes.

        Raises:
            Http404: if they are gone, saying why.
        """
        raw = self.raw
        if not raw:
            raise Http404(why_body_is_gone(self.message))
        return raw

    def log_reading(self, request: HttpRequest) -> None:
        """Write into the message's history that somebody looked into it."""
        LogEntry.objects.create(
            **self._reading(request),
            object_repr=str(self.message)[:200],
            action_flag=CHANGE,
        )

    def was_just_logged(self, request: HttpRequest) -> bool:
        """Tell whether this is a part of a page that was opened a moment ago."""
        lately = timezone.now() - _ONE_VIEW
        readings = LogEntry.objects.filter(**self._reading(request))
        return readings.filter(action_time__gte=lately).exists()

    def _reading(self, request: HttpRequest) -> dict[str, Any]:
        content_type = ContentType.objects.get_for_model(self.message)
        return {
            "user_id": request.user.pk,
            "content_type": content_type,
            "object_id": str(self.message.pk),
            "change_message": _READ,
        }


def guarded(response: HttpResponse, policy: str) -> HttpResponse:
    """Return an answer that holds what strangers wrote, with what keeps it in."""
    response["Content-Security-Policy"] = policy
    response["X-Content-Type-Options"] = "nosniff"
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["Referrer-Policy"] = "no-referrer"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "no-store"
    return response


def why_body_is_gone(message: Message) -> str:
    """Return why a message has no body any more, by what the settings say."""
    retention = get_retention()
    if message.state == MessageState.SENT:
        return _dropped_after(
            retention.bodies_s, "CUCUMBER_RETENTION_BODIES", _("once SES has accepted")
        )
    return _dropped_after(
        retention.failed_bodies_s,
        "CUCUMBER_RETENTION_FAILED_BODIES",
        _("after mail has failed or was cancelled"),
    )


def _dropped_after(kept_s: float | None, setting: str, when: str) -> str:
    if kept_s is None:
        return _("It is not in the database, though %(setting)s keeps bodies.") % {
            "setting": setting
        }
    if not kept_s:
        return _("Bodies are dropped %(when)s (%(setting)s is 0).") % {
            "when": when,
            "setting": setting,
        }
    return _("Bodies are dropped %(days)s days %(when)s (%(setting)s).") % {
        "days": f"{kept_s / 86_400:.3g}",
        "when": when,
        "setting": setting,
    }
