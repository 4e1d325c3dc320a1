"""The demo's page: send a mail, see what became of the last ones."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.core.mail import EmailMessage
from django.db.models import Count, Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from demo_site.forms import LetterForm
from demo_site.letters import send_all
from seacucumber.enums import MessageState
from seacucumber.models import Message, Recipient

SHOWN = 25


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """Show the form and the last messages; a POST sends."""
    form = LetterForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        count = send_all(_letters(form))
        messages.success(
            request,
            f"{count} mail{'s'[: count != 1]} written to the queue."
            " Reload the page to see them leave.",
        )
        return redirect("index")
    latest = Message.objects.order_by("-pk")[:SHOWN].prefetch_related(
        Prefetch("recipients", queryset=Recipient.objects.order_by("pk"))
    )
    context = {
        "form": form,
        "latest": latest,
        "states": _states(),
        "ses_url": settings.CUCUMBER_ENDPOINT_URL,
    }
    return render(request, "demo_site/index.html", context)


@require_safe
def broken(request: HttpRequest) -> HttpResponse:
    """Fail, so that Django mails an error report to ``ADMINS``."""
    raise RuntimeError("This page is broken on purpose.")


def _letters(form: LetterForm) -> list[EmailMessage]:
    return [
        EmailMessage(
            subject=form.cleaned_data["subject"],
            body=form.cleaned_data["body"],
            to=[address],
            headers={"X-Cucumber-Lane": form.cleaned_data["lane"]},
        )
        for address in form.addresses()
    ]


def _states() -> list[tuple[str, int]]:
    """Return how many messages are in each state that has any."""
    rows = Message.objects.values_list("state").annotate(count=Count("pk"))
    return [(str(MessageState(state).label), count) for state, count in sorted(rows)]
