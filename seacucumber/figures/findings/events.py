"""Whether what SES tells of our mail still comes in."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from seacucumber.figures.events import Silent, route_in_words
from seacucumber.figures.findings.base import Finding, Severity
from seacucumber.figures.overview import Overview
from seacucumber.text.times import since


def events(overview: Overview) -> Iterator[Finding]:
    """Yield what of events has stopped, or never began though it was set up.

    Where nobody set them up there is nothing to say: mail leaves without them.
    """
    found = overview.events
    if found.silent:
        yield Finding(
            severity=Severity.WARN,
            headline=_("SES's events of %(routes)s have not come for %(time)s.")
            % {
                "routes": _in_words(found.silent),
                "time": since(found.silent[0].since, overview.now),
            },
            text=_(
                "Mail was accepted since. See that ses_events or the periodic task"
                " consume_events runs, that nothing piles up in the queue or its"
                " dead-letter queue, and that the topic's subscription is confirmed:"
                " manage.py ses_setup --events looks at it."
            ),
            about="routine",
        )
    if found.expected and found.unheard and not found.ever:
        yield Finding(
            severity=Severity.INFO,
            headline=_("No event of SES has ever come in."),
            text=_(
                "Mail was accepted, and the settings name a queue or a topic. manage.py"
                " ses_setup --events tells what AWS still needs."
            ),
            about="routine",
        )


def _in_words(silent: tuple[Silent, ...]) -> str:
    first, others = route_in_words(silent[0].name), len(silent) - 1
    if not others:
        return first
    return ngettext(
        "%(first)s and %(number)d other", "%(first)s and %(number)d others", others
    ) % {"first": first, "number": others}
