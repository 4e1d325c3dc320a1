"""A message's state in plain words: what happened, what it means, what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seacucumber.admin.common.ui import moment
from seacucumber.admin.messages.delivery_status import explain_statuses
from seacucumber.admin.messages.display import severity_of
from seacucumber.admin.messages.event_log import connection_of
from seacucumber.db.clock import after_us
from seacucumber.delivery.outcomes.lost_answers import PATIENCE_S
from seacucumber.enums import EventFlow, MessageState, Uncertain
from seacucumber.models import Hold, Message
from seacucumber.text.holds import cause_of, remedy_of, subject_of
from seacucumber.text.sanitize import sanitize

Words = str | Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What an operator has to know of a message.

    Args:
        severity: ``ok``, ``warn``, ``bad``, ``info`` or ``none``.
        headline: What happened.
        meaning: What it means for the mail.
        advice: What to do.
    """

    severity: str
    headline: str
    meaning: str
    advice: str


#: (what happened, what it means, what to do) where the state alone says it.
_STATES: Mapping[int, tuple[Words, Words, Words]] = {
    MessageState.QUEUED: (
        gettext_lazy("It waits for its turn."),
        gettext_lazy("Nothing has left yet."),
        gettext_lazy(
            "Nothing, if this is a matter of seconds. If it stays so, see that a Celery"
            " worker and beat are running."
        ),
    ),
    MessageState.CLAIMED: (
        gettext_lazy("A worker has it and waits for its moment at the account's pace."),
        gettext_lazy("Nothing has left yet. It can still be cancelled."),
        gettext_lazy("Nothing. If the worker dies, another one takes it."),
    ),
    MessageState.SENDING: (
        gettext_lazy("A worker is handing it to SES."),
        gettext_lazy("SES may have it already, so it cannot be cancelled any more."),
        gettext_lazy("Nothing. The answer comes within seconds."),
    ),
    MessageState.SENT: (
        gettext_lazy("SES accepted it."),
        gettext_lazy("SES delivers it from here. Accepted is not yet delivered."),
        gettext_lazy("Nothing. SES's events tell what becomes of it, if they come."),
    ),
    MessageState.CANCELLED: (
        gettext_lazy("It was taken back before it left."),
        gettext_lazy("Nobody has got it."),
        gettext_lazy("Nothing, unless it was a mistake: then send it after all."),
    ),
    MessageState.SUPPRESSED: (
        gettext_lazy("All its recipients are on a suppression list."),
        gettext_lazy("Nothing was sent: mail to them bounced or was complained about."),
        gettext_lazy("Find another address, or remove them from the list if sure."),
    ),
}

#: The same for failures, by reason. An empty word is filled from the last error.
_FAILURES: Mapping[str, tuple[Words, Words, Words]] = {
    "expired": (
        gettext_lazy("It was still waiting when its time was over."),
        gettext_lazy("It was not sent: by then it was too old to be of use."),
        gettext_lazy(
            "Send it after all if it still helps. If it happens often, see what holds"
            " mail back, or give it more time (CUCUMBER_EXPIRE)."
        ),
    ),
    "poison": (
        gettext_lazy(
            "The workers that took it died, the last ones with nothing else in hand."
        ),
        gettext_lazy(
            "It was set aside so that other mail goes on. Where an attempt was begun, a"
            " worker died during the call, and SES may have it."
        ),
        gettext_lazy("Find in the workers' logs what killed them; then send it again."),
    ),
    "BodyMissing": (
        gettext_lazy("Its body is not in the database any more."),
        gettext_lazy("It was not sent, and cannot be."),
        gettext_lazy("Let the application send it anew."),
    ),
    "MessageRejected": (
        "",
        gettext_lazy("SES did not take it, and will not take it as it is."),
        gettext_lazy("Correct the cause named above; then send it again."),
    ),
}
_REFUSED: tuple[Words, Words, Words] = (
    "",
    gettext_lazy("It was not sent, and is not tried again by itself."),
    gettext_lazy("Remove the cause named above; then send it again."),
)


def explain(
    message: Message, holds: Sequence[Hold], statuses: Sequence[int]
) -> Explanation:
    """Return a message's state in words.

    Args:
        holds: Those that keep it back now.
        delivery statuses: What became of its recipients' mail.
    """
    state = message.state
    if state == MessageState.QUEUED and holds:
        headline, meaning, advice = _held_back(message, holds[0])
        return _explanation("warn", headline, meaning, advice)
    if state == MessageState.QUEUED and message.last_error:
        return _explanation("warn", *_waiting_again(message))
    if state == MessageState.UNCERTAIN:
        return _explanation("warn", *_uncertain(message))
    if state == MessageState.HELD:
        return _explanation("warn", *_kept(message))
    if state == MessageState.FAILED:
        return _explanation("bad", *_failed(message))
    if state == MessageState.SENT and (told := explain_statuses(statuses)):
        return _explanation(*told)
    found = _STATES.get(state)
    if found is None:
        return _explanation("none", _("Its state is not known here."), "", "")
    return _explanation(severity_of(state), *found)


def _explanation(severity: str, *words: Words) -> Explanation:
    headline, meaning, advice = (str(part) for part in words)
    return Explanation(
        severity=severity, headline=headline, meaning=meaning, advice=advice
    )


def _held_back(message: Message, hold: Hold) -> tuple[str, str, str]:
    stopped = _("It is held back: %(what)s stands still (%(why)s).") % {
        "what": subject_of(hold),
        "why": cause_of(hold),
    }
    return stopped, _("It leaves as soon as the hold is lifted."), remedy_of(hold)


def _waiting_again(message: Message) -> tuple[str, str, str]:
    said = sanitize(message.last_error)
    if message.held_back:
        meaning = _("The hold is gone; it takes its turn within seconds.")
    else:
        meaning = _("It is tried again at %(time)s; %(number)d tries were made.") % {
            "time": _clock(message.ready_at_us),
            "number": message.attempts,
        }
    advice = _("Nothing, if the cause passes by itself. It can be cancelled.")
    return said, meaning, advice


def _uncertain(message: Message) -> tuple[str, str, str]:
    headline = _("The answer of SES was lost.")
    flow = connection_of(message).flow
    if flow == EventFlow.WORKING:
        meaning = _(
            "SES may have it, or not. If it has, one of its events settles it as sent;"
            " if none has come by %(time)s, it has not, and the message goes out again."
        ) % {"time": _clock(message.due_at_us or message.state_at_us)}
        return headline, meaning, _("Nothing. It settles by itself.")
    if flow == EventFlow.SILENT:
        meaning = _(
            "SES may have it, or not. Its events would tell, and do not come now. They"
            " are waited for until %(time)s."
        ) % {"time": _clock(after_us(message.state_at_us, PATIENCE_S))}
        return headline, meaning, _("Find out why no events come: see docs/events.rst.")
    if message.uncertain == Uncertain.RESEND:
        meaning = _(
            "SES may have it, or not. It is sent again at %(time)s unless the answer"
            " turns up; the recipients may then get it twice."
        ) % {"time": _clock(message.due_at_us or message.state_at_us)}
        return headline, meaning, _("Nothing. It settles by itself.")
    meaning = _("SES may have it, or not. It is not sent a second time by itself.")
    return headline, meaning, _("Wait a moment: then it is held for you to decide.")


def _kept(message: Message) -> tuple[str, str, str]:
    return (
        _("Nobody knows whether SES has it, so it is kept here."),
        sanitize(message.last_error),
        _(
            "Ask a recipient, or look for it in SES's events. Then send it again, which"
            " may deliver it twice, or cancel it."
        ),
    )


def _failed(message: Message) -> tuple[str, str, str]:
    headline, meaning, advice = _FAILURES.get(message.reason, _REFUSED)
    said = sanitize(message.last_error) or _("No reason was recorded.")
    return str(headline) or said, str(meaning), str(advice)


def _clock(us: int) -> str:
    at = moment(us)
    local = timezone.localtime(at) if timezone.is_aware(at) else at
    return date_format(local, "Y-m-d H:i:s")
