"""The task that looks after DKIM keys, and how a page asks for it."""

from __future__ import annotations

from dataclasses import asdict

from celery import shared_task

from seacucumber import dkim_keys
from seacucumber.models import DkimKey
from seacucumber.tasks.base import SteadyTask
from seacucumber.tasks.refresh import ask_worker


@shared_task(base=SteadyTask, name="seacucumber.tasks.check_dkim_keys")
def check_dkim_keys(key: int | None = None) -> dict[str, int]:
    """Look for keys' records in DNS, and do what is due: one key's, or all.

    Args:
        key: The id of a row; its record is looked for now.

    Returns:
        How many keys were looked at, and how many have gone on, as
        `dkim_keys.Advanced` counts them.
    """
    if key is None:
        return {"checked": dkim_keys.check_due(), **asdict(dkim_keys.advance())}
    row = DkimKey.objects.filter(pk=key).first()
    if row is None:
        return {"checked": 0}
    dkim_keys.check(row)
    return {"checked": 1}


def ask_for_key_check(pk: int) -> bool:
    """Have a worker look for a key's record in DNS now. Never raises.

    Returns:
        False if no worker can be asked, because the broker is down.
    """
    row = DkimKey.objects.filter(pk=pk).only("mailer").first()
    return row is None or ask_worker(check_dkim_keys, row.mailer, {"key": pk})
