"""What a look at a key's record leads to. Asks nobody."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any

from seacucumber.dns import KeyFinding, KeyResult
from seacucumber.enums import DkimState
from seacucumber.models import DkimKey

#: Two looks that find the record have to be so far apart before it is used: the name
#: servers of a zone do not change all at once.
APART = timedelta(minutes=10)
#: The same for a record that is kept by resolvers, who may have an older one.
APART_MOST = timedelta(hours=1)
#: A record is given up after so many looks in vain, over so long.
BAD_LOOKS = 3
BAD_FOR = timedelta(hours=1)

_SOON = timedelta(minutes=10)
#: How long the last look is good enough.
_AGES = {
    DkimState.PENDING: timedelta(minutes=10),
    DkimState.PUBLISHED: timedelta(hours=1),
    DkimState.ACTIVE: timedelta(hours=1),
    DkimState.RETIRING: timedelta(hours=6),
    DkimState.REVOKING: timedelta(hours=1),
    DkimState.REVOKED: timedelta(days=1),
}
#: Say nothing for or against a key.
_NEUTRAL = (KeyResult.TESTING, KeyResult.TEMPORARY_FAILURE)
#: The key cannot be found any more.
_GONE = (
    KeyResult.REVOKED,
    KeyResult.MISSING,
    KeyResult.DANGLING,
    KeyResult.MISMATCH,
)


class Step(Enum):
    """A move that follows from what was found."""

    PUBLISH = auto()
    UNPUBLISH = auto()
    CONFIRM_REVOKED = auto()


def noted(key: DkimKey, finding: KeyFinding, at: datetime) -> dict[str, Any]:
    """Return the fields of a key as they are after a look.

    A look that fails for now changes nothing that was known before but the note.
    """
    if finding.result is KeyResult.TEMPORARY_FAILURE and key.result:
        return {"checked_at": at, "note": finding.note, "next_check_at": at + _SOON}
    fields: dict[str, Any] = {
        "checked_at": at,
        "result": str(finding.result),
        "note": finding.note,
        "found_record": finding.record,
        "found_ttl_s": finding.ttl_s,
        **_counts(key, finding, at),
    }
    if key.state == DkimState.ACTIVE and finding.result is KeyResult.MATCH:
        fields["published_at"] = key.published_at or at
    return {**fields, "next_check_at": _next_check_at(key, fields, at)}


def step_after(
    key: DkimKey, fields: dict[str, Any], finding: KeyFinding
) -> Step | None:
    """Return the move that follows from a look.

    Args:
        fields: As `noted` returns them.
    """
    at: datetime = fields["checked_at"]
    match key.state:
        case DkimState.PENDING if finding.result is KeyResult.MATCH:
            since: datetime = fields["good_since"]
            if at >= since + _apart(finding.ttl_s):
                return Step.PUBLISH
        case DkimState.PUBLISHED if _is_bad(finding):
            enough = fields["bad_checks"] >= BAD_LOOKS
            if enough and at >= fields["bad_since"] + BAD_FOR:
                return Step.UNPUBLISH
        case DkimState.REVOKING if finding.result in _GONE:
            return Step.CONFIRM_REVOKED
    return None


def publishable_at(key: DkimKey) -> datetime | None:
    """Return when another look may make a pending key published.

    None if its record was not found, or it is not pending.
    """
    if key.state != DkimState.PENDING or key.good_since is None:
        return None
    return key.good_since + _apart(key.found_ttl_s)


def _apart(ttl_s: int | None) -> timedelta:
    return min(max(timedelta(seconds=ttl_s or 0), APART), APART_MOST)


def _counts(key: DkimKey, finding: KeyFinding, at: datetime) -> dict[str, Any]:
    good = finding.result is KeyResult.MATCH
    bad = _is_bad(finding)
    return {
        "good_checks": key.good_checks + 1 if good else 0,
        "good_since": _began(key.good_since, at) if good else None,
        "bad_checks": key.bad_checks + 1 if bad else 0,
        "bad_since": _began(key.bad_since, at) if bad else None,
    }


def _began(since: datetime | None, at: datetime) -> datetime:
    # What began later than now was written before the clock was set back.
    return min(since or at, at)


def _is_bad(finding: KeyFinding) -> bool:
    return finding.result is not KeyResult.MATCH and finding.result not in _NEUTRAL


def _next_check_at(
    key: DkimKey, fields: dict[str, Any], at: datetime
) -> datetime | None:
    age = _AGES.get(DkimState(key.state))
    if age is None:
        return None
    good_since: datetime | None = fields["good_since"]
    if good_since and key.state == DkimState.PENDING:
        return max(at, good_since + _apart(fields["found_ttl_s"]))
    awaited = key.state in (DkimState.PUBLISHED, DkimState.ACTIVE, DkimState.RETIRING)
    return at + (_SOON if awaited and fields["bad_checks"] else age)
