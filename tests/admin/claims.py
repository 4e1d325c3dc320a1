"""What each sentence about an account claims, and when that is true.

Knows the rows, and shares nothing with the code that makes the sentences.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from seacucumber.enums import GuardLevel, HoldCause
from seacucumber.models import Hold
from tests.admin.states import SUBJECTS, UNPROBED, State
from tests.queue import now_us

Condition = Callable[[State, "re.Match[str]"], bool]
_NO_CLAIM: Condition = lambda state, match: True  # noqa: E731 - a name for it

#: What a sentence claims, and when that is true. Advice claims nothing.
CLAIMS: tuple[tuple[str, Condition], ...] = (
    (r"AWS has paused sending for this account", lambda s, m: s.status == "SHUTDOWN"),
    (r"Mail is kept and nothing is lost", lambda s, m: not s.may_send),
    (r"Sending is switched off for this SES account", lambda s, m: not s.enabled),
    (r"AWS has this account under review", lambda s, m: s.status == "PROBATION"),
    (r"AWS may pause it: .*", lambda s, m: s.status == "PROBATION"),
    (r"SES calls the state of this account (\w+)", lambda s, m: s.status == m[1]),
    (r"This version does not know the word", lambda s, m: s.status == "NEW"),
    (r"The account is in the sandbox", lambda s, m: not s.production),
    (r"Only verified recipients get mail", lambda s, m: not s.production),
    (r"It is kept and nothing is lost", lambda s, m: bool(s.holds)),
    (
        r"It is kept and nothing is lost; this hold stops no other mail",
        lambda s, m: bool(s.holds) and not s.stops_all,
    ),
    (r"(.*) waits: (.*)", lambda s, m: s.has(m[1], m[2])),
    (r"(.*) is stopped by ann", lambda s, m: s.has(m[1], "stopped by an operator")),
    (
        r"([\d,]+) of ([\d,]+) recipients of the last 24 hours (bounced|complained)"
        r" \(([\d.]+)%\)",
        lambda s, m: _is_rate(s, m[1], m[2], m[3], m[4]),
    ),
    (r"AWS reviews an account at (5\.0%, .* 10\.0%|0\.1%, .* 0\.5%)", _NO_CLAIM),
    (r"(\d+)% of the 24 hour quota is used", lambda s, m: int(m[1]) == s.used // 500),
    (r"When only the reserve is left, .*", lambda s, m: s.used >= 45_000),
    (
        r"The queue was last swept (2 minutes|2 hours) ago",
        lambda s, m: {"2 minutes": 150, "2 hours": 7200}[m[1]] == s.swept_s,
    ),
    (r"Retries, and what dead workers .*", lambda s, m: (s.swept_s or 0) > 120),
    (r"All is well", lambda s, m: not s.needs_somebody),
    (r"Nothing needs you", lambda s, m: not s.needs_somebody),
    (
        r"No mail waits; up to 13\.93 recipients a second may leave",
        lambda s, m: not sum(s.queued.values()) and not s.stops_all,
    ),
    (
        r"(\d+) on their way; up to 13\.93 recipients a second may leave",
        lambda s, m: int(m[1]) == sum(s.queued.values()) and not s.holds,
    ),
    (r"No figures yet", lambda s, m: s.status is None),
    (r"SES has not been asked about this account", lambda s, m: s.status is None),
    # DKIM keys and the guard.
    (r"A DKIM key waits for you", lambda s, m: s.key == "waiting"),
    (r"\S+ waits for its record in DNS", lambda s, m: s.key == "waiting"),
    (
        r"DKIM: \S+ signs, and receivers cannot verify it",
        lambda s, m: s.key == "broken",
    ),
    (r"There is no such record", lambda s, m: s.key == "broken"),
    (
        r"The reputation guard warns: bounces or complaints are many",
        lambda s, m: s.guard is GuardLevel.WARNED,
    ),
    (
        r"Of 1,000 recipients 4\.12% bounced",
        lambda s, m: s.guard is GuardLevel.WARNED,
    ),
    (
        r"Bulk mail is stopped before AWS's line is reached; clean its list now",
        lambda s, m: s.guard is GuardLevel.WARNED,
    ),
    (
        r"The reputation guard sees nothing to stop",
        lambda s, m: s.guard is GuardLevel.WELL,
    ),
    (
        r"The reputation guard has not looked at this account yet",
        lambda s, m: s.guard is None,
    ),
    # The list of holds, the dashboard's section of them, and ses_doctor.
    (r"Since .* ago(, (\d+) kept)?", lambda s, m: bool(s.holds)),
    (r"What stands still|Why|What to do|Waiting|Action|default/\S+", _NO_CLAIM),
    (
        "|".join(f"{what[0].upper()}{what[1:]}" for what in SUBJECTS.values()),
        lambda s, m: any(
            SUBJECTS[h.scope, h.value].lower() == m[0].lower() for h in s.holds
        ),
    ),
    (
        "|".join(re.escape(str(cause.label)) for cause in HoldCause),
        lambda s, m: any(HoldCause(h.cause).label == m[0] for h in s.holds),
    ),
    (r"(\d+) messages?", lambda s, m: int(m[1]) in map(s.waiting, s.holds)),
    (r"0 minutes ago", lambda s, m: any(not _by_ann(h) for h in s.holds)),
    (r"0 minutes ago, by ann", lambda s, m: any(map(_by_ann, s.holds))),
    (
        r"Lifted by hand",
        lambda s, m: any(
            h.ends_at_us is None and (_by_ann(h) or h.cause == HoldCause.REPUTATION)
            for h in s.holds
        ),
    ),
    (
        r"Lifted by itself",
        lambda s, m: any(
            h.cause == HoldCause.QUOTA or h.ends_at_us is not None for h in s.holds
        ),
    ),
    (
        r"Lifted by itself [\d-]+ [\d:]+",
        lambda s, m: any(h.ends_at_us is not None for h in s.holds),
    ),
    (
        r"It goes on by itself at .*, or when somebody resumes it",
        lambda s, m: any(_ends(h, later=True) for h in s.holds),
    ),
    (
        r"Its time is over: the next sweep lifts it",
        lambda s, m: any(_ends(h, later=False) for h in s.holds),
    ),
    (
        r"(Next try in|SES is asked again in) \d+ s",
        lambda s, m: any(h.cause not in UNPROBED for h in s.holds),
    ),
    (r"AWS is not asked; all that follows is what it said last", _NO_CLAIM),
    (r"Events are not connected", lambda s, m: s.events is None),
    (r"What becomes of a lost answer is decided by .*", lambda s, m: s.events is None),
    (
        r"Events of configuration set news come; the last 10 minutes ago",
        lambda s, m: s.events == "come",
    ),
    (
        r"SES's events of configuration set news have not come for 3 hours",
        lambda s, m: s.events == "silent",
    ),
    (r"Mail was accepted since", lambda s, m: s.events == "silent"),
    (r"The copy of SES's suppression list is 2 minutes old", _NO_CLAIM),
    (r"Its periodic task is guard_reputation", lambda s, m: s.guard is None),
    # The page that resumes, and the queue's command.
    (r"Stands still: (.*) \((.*)\)", lambda s, m: s.has(m[1], m[2])),
    (r"People have not placed this hold", lambda s, m: bool(s.holds)),
    (
        r"The mail that waited leaves at the account's pace",
        lambda s, m: len(s.holds) == 1,
    ),
    (
        r"It goes on waiting: (.*) is stopped as well \((.*)\)",
        lambda s, m: len(s.holds) > 1 and s.has(m[1], m[2]),
    ),
    (
        r"Of the mail that waited, what no other hold stops leaves",
        lambda s, m: len(s.holds) > 1 and not _others_stop_all(s),
    ),
    (r"None", lambda s, m: not s.holds),
    (
        r"(\w[\w ]*?)(?: (\S+))?: (.*), since [\d-]+ [\d:]+",
        lambda s, m: any(HoldCause(h.cause).label == m[3] for h in s.holds),
    ),
    (r"Queued: (.*)", lambda s, m: _counts(m[1]) == _queued(s)),
    (r"(Claimed|Sending|Uncertain|Held|Failed): 0", _NO_CLAIM),
    (r"Oldest \w+ waits for \d+ s", lambda s, m: bool(sum(s.queued.values()))),
    (r"--- (Queue|Holds) ---", _NO_CLAIM),
    # What to do claims nothing.
    (
        r"(Answer|Allow|Ask|Check|Create|Enable|Find|If|In the|Look|Publish"
        r"|It goes on by itself (?:as|with)"
        r"|Refresh|Restart|Resume|See|Set|Start|Stop|Switch|Verify|run|Nothing is to be"
        r"|It is asked|Sending goes on)\b.*",
        _NO_CLAIM,
    ),
)


def _by_ann(hold: Hold) -> bool:
    return hold.cause == HoldCause.OPERATOR


def _ends(hold: Hold, *, later: bool) -> bool:
    """Tell whether a hold has an end that is, or is not, ahead."""
    if hold.ends_at_us is None:
        return False
    return (hold.ends_at_us > now_us()) is later


def _is_rate(state: State, count: str, of: str, what: str, percent: str) -> bool:
    counted = state.bounces if what == "bounced" else state.complaints
    numbers = int(count.replace(",", "")), int(of.replace(",", ""))
    share = f"{100 * counted / state.attempts:.2f}"
    return numbers == (counted, state.attempts) and percent == share


def _others_stop_all(state: State) -> bool:
    """Tell whether all others than the first still stop everything."""
    return State(holds=state.holds[1:]).stops_all


def _counts(words: str) -> dict[str, int]:
    return {lane: int(number) for number, lane in re.findall(r"(\d+) (\w+)", words)}


def _queued(state: State) -> dict[str, int]:
    return {lane.name.lower(): n for lane, n in state.queued.items() if n}


def wrong(state: State, said: list[str]) -> list[str]:
    """Return the sentences that are false, or that nothing here can judge."""
    found = []
    for sentence in said:
        judged = [
            condition(state, match)
            for pattern, condition in CLAIMS
            if (match := re.fullmatch(pattern, sentence))
        ]
        if not judged:
            found.append(f"nobody can judge: {sentence}")
        elif not any(judged):
            found.append(f"false: {sentence}")
    return found
