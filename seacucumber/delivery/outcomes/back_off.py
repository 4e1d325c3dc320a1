"""How long a message waits before its next try."""

from __future__ import annotations

import random

from seacucumber.conf import Mailer

#: While nobody's calls are answered, each message is tried again after this.
SHARED_WAIT_S = 90.0


def back_off_s(mailer: Mailer, retries: int, *, shared: bool = False) -> float:
    """Return how long a message waits before its next try, in seconds.

    Doubles with each retry up to the cap; up to a quarter of it is random, so that
    what failed together does not come back together.

    Args:
        shared: Others are not answered either, so that its own tries say nothing.
    """
    wait_s = min(
        mailer.retry_delay_s * 2.0 ** min(retries, 30), mailer.retry_delay_max_s
    )
    if shared:
        wait_s = min(wait_s, SHARED_WAIT_S)
    return wait_s * random.uniform(0.75, 1.0)  # noqa: S311
