"""The reputation guard: stops mail before AWS stops the account.

Bulk mail is stopped first, transactional mail only for what it brings itself. What the
guard has stopped is resumed by hand. ``docs/events.rst`` tells which figures it uses.
"""

from __future__ import annotations

from seacucumber.guard.acting import review
from seacucumber.guard.alerting import send_alerts
from seacucumber.guard.counting import count_harm
from seacucumber.guard.judging import Judgement, judge

__all__ = ["Judgement", "count_harm", "judge", "review", "send_alerts"]
