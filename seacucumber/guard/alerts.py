"""Mail to a person about the account, by another way than the account itself."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import django
from django.conf import settings
from django.core import mail

from seacucumber.conf import DEFAULT_MAILER, Mailer, get_mailer
from seacucumber.enums import GuardLevel
from seacucumber.models import Hold, Reputation

logger = logging.getLogger("seacucumber")

_SUBJECTS: Mapping[int, str] = {
    GuardLevel.WARNED: "bounces or complaints come near AWS's line",
    GuardLevel.BULK_STOPPED: "bulk mail is stopped",
    GuardLevel.ALL_STOPPED: "all mail is stopped",
}


def send_alerts(alias: str = DEFAULT_MAILER) -> bool:
    """Mail to ``CUCUMBER_GUARD_MAIL_TO`` what the guard has done, once for each step.

    Not through SES, which may be what is stopped. What cannot be sent is tried again
    when this is called again. Does nothing where nobody is to be told.

    Returns:
        Whether a mail was sent.
    """
    mailer = get_mailer(alias)
    row = Reputation.objects.filter(pace_key=mailer.pace_key).first()
    if row is None or not mailer.guard_mail_to or row.level <= row.told_level:
        return False
    owed = Reputation.objects.filter(pk=row.pk, told_level=row.told_level)
    if not owed.update(told_level=row.level):
        # Somebody else is at it.
        return False
    try:
        _send(mailer, row)
    except Exception:
        # Whatever a transport raises: the next run tries again.
        logger.exception("The alert about %s could not be mailed.", row.pace_key)
        Reputation.objects.filter(pk=row.pk, told_level=row.level).update(
            told_level=row.told_level
        )
        return False
    return True


def _send(mailer: Mailer, row: Reputation) -> None:
    level = GuardLevel(row.level)
    letter = mail.EmailMessage(
        subject=f"Amazon SES, {row.pace_key}: {_SUBJECTS[level]}",
        body=_body(row),
        from_email=settings.SERVER_EMAIL,
        to=list(mailer.guard_mail_to),
        headers={"Auto-Submitted": "auto-generated"},
    )
    through = mailer.guard_mail_through
    if django.VERSION >= (6, 1) and "." not in through:
        letter.send(using=through)
        return
    connection = mail.get_connection(backend=through)
    connection.send_messages([letter])


def _body(row: Reputation) -> str:
    lines = [f"Account: {row.pace_key}", ""]
    if row.bounce_rate is not None:
        lines.append(f"Hard bounces: {row.bounce_rate:.2%}")
    if row.complaint_rate is not None:
        lines.append(f"Complaints: {row.complaint_rate:.3%}")
    lines.append(f"of {row.sent:,} recipients.")
    for hold in Hold.objects.filter(pace_key=row.pace_key, cause="reputation"):
        lines += ["", f"Stopped: {hold.scope} {hold.value}".rstrip() + ".", hold.detail]
    lines += [
        "",
        "What is stopped is kept, and goes on when somebody resumes it in the admin,"
        " under Holds.",
    ]
    return "\n".join(lines)
