"""The reputation guard: stops mail before AWS stops the account.

Bulk mail is stopped first, transactional mail only for what it brings itself. What the
guard has stopped is resumed by hand. ``docs/events.rst`` tells which figures it uses.
"""

from __future__ import annotations

from seacucumber.guard.alerts import send_alerts
from seacucumber.guard.counters import count_harm
from seacucumber.guard.enforcement import review, review_after_harm
from seacucumber.guard.thresholds import Judgement, judge

__all__ = [
    "Judgement",
    "count_harm",
    "judge",
    "review",
    "review_after_harm",
    "send_alerts",
]
