"""The shape of a rule: under which conditions a failed send means what."""

from __future__ import annotations

from dataclasses import dataclass

from seacucumber.enums import HoldCause, HoldScope
from seacucumber.exceptions import SendError
from seacucumber.ses.sending.failure import Fault, Hint

#: Codes of AWS's services that ask for fewer requests.
THROTTLES = frozenset(
    {
        "TooManyRequests",
        "Throttling",
        "Throttled",
        "RequestThrottled",
        "RequestLimitExceeded",
        "SlowDown",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row of the tables in `failures` and `answers`.

    Args:
        verdict: What follows for the message.
        says: What happened, what it concerns and what to do. May name ``{sender}``,
            ``{configuration_set}``, ``{unverified}``, ``{action}``, ``{resource}``,
            ``{code}``, ``{status}`` and ``{message}``, AWS's own words.
        kinds: Classes of the exception.
        hint: What else is known of it.
        texts: Parts of AWS's text in lower case, one of which has to be there.
        codes: AWS's codes without ``Exception``.
        statuses: HTTP statuses.
        scope: What has to stop, of a hold.
        cause: Why, of a hold.
        unanswered: It says nothing of the message; `OutcomeUnknown` never does.
    """

    verdict: type[SendError]
    says: str
    kinds: tuple[type[BaseException], ...] = ()
    hint: Hint | None = None
    texts: tuple[str, ...] = ()
    codes: frozenset[str] = frozenset()
    statuses: frozenset[int] = frozenset()
    scope: HoldScope = HoldScope.MAILER
    cause: HoldCause = HoldCause.CREDENTIALS
    unanswered: bool = False

    def fits(self, fault: Fault) -> bool:
        """Tell whether every condition that is given holds."""
        return (
            (not self.kinds or isinstance(fault.error, self.kinds))
            and (self.hint is None or self.hint in fault.hints)
            and (not self.texts or any(text in fault.text for text in self.texts))
            and (not self.codes or fault.code in self.codes)
            and (not self.statuses or fault.http_status in self.statuses)
        )
