"""What AWS's judgement of an account means, in an operator's words."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from seacucumber.enums import EnforcementStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Enforcement:
    """What AWS objects to.

    Args:
        status: None for a word of SES's that is not known here; its list is open.
        headline: What it is.
        advice: What follows from it, and what to do.
    """

    status: EnforcementStatus | None
    headline: str
    advice: str

    def __str__(self) -> str:
        return f"{self.headline} {self.advice}"


def explain(status: str) -> Enforcement | None:
    """Return what an operator has to know of a status; None if all is well.

    Args:
        status: As SES has it (``EnforcementStatus`` of ``GetAccount``), or "" if it
            never said one.
    """
    word = status.upper()
    if word in ("", EnforcementStatus.HEALTHY):
        return None
    if word == EnforcementStatus.SHUTDOWN:
        return Enforcement(
            status=EnforcementStatus.SHUTDOWN,
            headline=_("AWS has paused sending for this account."),
            advice=_(
                "Mail is kept and nothing is lost. Answer AWS's case in the Support"
                " Center; sending goes on by itself when AWS lifts the pause."
            ),
        )
    if word == EnforcementStatus.PROBATION:
        return Enforcement(
            status=EnforcementStatus.PROBATION,
            headline=_("AWS has this account under review."),
            advice=_(
                "AWS may pause it: find what bounces or is complained about, and answer"
                " the case in the Support Center."
            ),
        )
    return Enforcement(
        status=None,
        headline=_("SES calls the state of this account %(status)s.")
        % {"status": word[:32]},
        advice=_(
            "This version does not know the word. See the AWS console: SES, Account"
            " dashboard."
        ),
    )
