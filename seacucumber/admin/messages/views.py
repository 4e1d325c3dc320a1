"""Requeue, cancel and resend: from the list and from a message's page, confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seacucumber.admin.common.message_page import MessagePage
from seacucumber.admin.common.ui import brief
from seacucumber.admin.large_tables.changelist import REACH
from seacucumber.admin.messages.actions import (
    CANCEL,
    REQUEUE,
    Verb,
    act,
    left_alone,
    resend,
)
from seacucumber.admin.messages.detail import body_is_kept
from seacucumber.admin.messages.display import state_pill
from seacucumber.enums import MessageState
from seacucumber.models import Message

_TEMPLATE = "seacucumber/admin/message_confirm.html"
_NAMED = 10


def detail_url(site_name: str, pk: int) -> str:
    """Return the URL of a message's page."""
    return reverse(f"{site_name}:seacucumber_message_change", args=[pk])


class VerbPage(MessagePage):
    """Asks whether to do something to one message, and does it."""

    template_name = _TEMPLATE
    verb: ClassVar[Verb]

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask."""
        return self.render(
            request,
            **_question(self.verb, [self.message]),
            back_url=detail_url(self.model_admin.admin_site.name, pk),
            possible=self.verb.fits(self.message),
        )

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Do it."""
        _do(request, self.verb, [pk])
        return redirect(detail_url(self.model_admin.admin_site.name, pk))


class RequeuePage(VerbPage):
    """Send a failed, held or cancelled message again."""

    title = gettext_lazy("Send again")
    verb = REQUEUE
    view_permission = change_permission = REQUEUE.permission


class CancelPage(VerbPage):
    """Take back a message that has not left."""

    title = gettext_lazy("Cancel")
    verb = CANCEL
    view_permission = change_permission = CANCEL.permission


class ResendPage(MessagePage):
    """Send a copy of a message that was sent, if its body is kept."""

    title: ClassVar[str | Promise] = gettext_lazy("Send a copy")
    template_name = _TEMPLATE
    view_permission = change_permission = REQUEUE.permission

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask."""
        return self.render(
            request,
            question=_("Send a copy?"),
            consequence=_(
                "The same mail goes to the same recipients once more, as a new message."
            ),
            label=self.title,
            rows=_named([self.message]),
            number=1,
            may_be_twice=True,
            possible=may_be_resent(self.message),
            back_url=detail_url(self.model_admin.admin_site.name, pk),
        )

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send it, and show the copy."""
        copy = resend(self.message, user_id=_user_id(request))
        if copy is None:
            messages.error(
                request, _("No copy was sent: it is not sent yet, or its body is gone.")
            )
            return redirect(detail_url(self.model_admin.admin_site.name, pk))
        messages.success(request, _("A copy is in the queue; this is its page."))
        return redirect(detail_url(self.model_admin.admin_site.name, copy.pk))


def may_be_resent(message: Message) -> bool:
    """Tell whether a copy of a message can be sent."""
    return message.state == MessageState.SENT and body_is_kept(message)


def confirm_or_act(
    model_admin: ModelAdmin[Message],
    request: HttpRequest,
    chosen: QuerySet[Message],
    verb: Verb,
) -> HttpResponse | None:
    """Serve an action of the list: ask first, act when the answer comes."""
    rows = chosen.order_by("-id")
    pks = list(rows.values_list("pk", flat=True)[:REACH])
    if "confirmed" in request.POST:
        _do(request, verb, pks)
        return None
    sample = list(rows.filter(pk__in=pks[:_NAMED]))
    may_be_twice = (
        verb is REQUEUE
        and Message.objects.filter(pk__in=pks, state=MessageState.HELD).exists()
    )
    site = model_admin.admin_site
    context: dict[str, Any] = {
        **site.each_context(request),
        **_question(verb, sample),
        "title": verb.label,
        "opts": model_admin.opts,
        "media": model_admin.media,
        "number": len(pks),
        "more": len(pks) - len(sample),
        "may_be_twice": may_be_twice,
        "possible": bool(pks),
        "back_url": request.get_full_path(),
        "hidden": [
            ("action", request.POST.get("action", "")),
            ("select_across", request.POST.get("select_across", "0")),
            *((ACTION_CHECKBOX_NAME, pk) for pk in _selected(request)),
        ],
    }
    request.current_app = site.name
    return TemplateResponse(request, _TEMPLATE, context)


def _selected(request: HttpRequest) -> list[str]:
    return [pk for pk in request.POST.getlist(ACTION_CHECKBOX_NAME) if pk.isdecimal()]


def _question(verb: Verb, rows: Sequence[Message]) -> dict[str, Any]:
    held = any(row.state == MessageState.HELD for row in rows)
    return {
        "question": verb.question,
        "consequence": verb.consequence,
        "label": verb.label,
        "rows": _named(rows),
        "number": len(rows),
        "may_be_twice": verb is REQUEUE and held,
    }


def _named(rows: Sequence[Message]) -> list[dict[str, Any]]:
    return [
        {"pk": row.pk, "subject": brief(row.subject), "pill": state_pill(row.state)}
        for row in rows
    ]


def _do(request: HttpRequest, verb: Verb, pks: Sequence[int]) -> None:
    changed = act(verb, pks, user_id=_user_id(request))
    words = [str(verb.done) % {"number": changed}, left_alone(len(pks), changed)]
    level = messages.SUCCESS if changed else messages.WARNING
    messages.add_message(request, level, " ".join(filter(None, words)))


def _user_id(request: HttpRequest) -> int:
    assert request.user.pk is not None  # noqa: S101 - the admin's login has seen to it
    return int(request.user.pk)
