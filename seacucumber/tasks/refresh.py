"""The tasks that ask SES and DNS, and how a page asks for them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

from celery import Task, current_app, shared_task

from seacucumber import guard, identities, suppression, usage
from seacucumber.conf import InvalidSetting, Mailer, get_mailer, mailer_aliases
from seacucumber.enums import RefreshSubject
from seacucumber.exceptions import AccountError
from seacucumber.models import Identity
from seacucumber.refresh_schedule import in_plain_words
from seacucumber.tasks.base import SteadyTask
from seacucumber.tasks.publish import Asker

logger = logging.getLogger("seacucumber")

#: Of two beats that run at nearly the same time, the second finds this young enough.
UNLESS_YOUNGER_S = 60.0

_asker = Asker()

#: What became of each subject, by mailer: "asked", a reason not to, or an error.
Results = dict[str, dict[str, str]]


@shared_task(base=SteadyTask, name="seacucumber.tasks.refresh_usage")
def refresh_usage(
    alias: str = "", unless_younger_s: float = UNLESS_YOUNGER_S
) -> Results:
    """Read quota, rate and statistics from SES, once for each account.

    Args:
        alias: The mailer whose account is asked; empty asks all.
        unless_younger_s: Figures of this age are good enough.
    """
    return {
        each: _usage_result(usage.refresh(each, unless_younger_s=unless_younger_s))
        for each in _accounts(alias)
    }


@shared_task(base=SteadyTask, name="seacucumber.tasks.refresh_identities")
def refresh_identities(
    alias: str = "", unless_younger_s: float = UNLESS_YOUNGER_S
) -> dict[str, dict[str, Any]]:
    """Read addresses and domains from SES, once for each account.

    Args:
        alias: The mailer whose account is asked; empty asks all.
        unless_younger_s: Rows of this age are good enough.
    """
    results: dict[str, dict[str, Any]] = {}
    for each in _accounts(alias):
        report = identities.refresh(each, unless_younger_s=unless_younger_s)
        results[each] = {
            "identities": _word(report.error, report.skipped),
            "added": report.added,
            "removed": report.removed,
            "changed": report.changed,
        }
    return results


@shared_task(base=SteadyTask, name="seacucumber.tasks.refresh_suppression")
def refresh_suppression(
    alias: str = "", unless_younger_s: float = UNLESS_YOUNGER_S, whole: bool = False
) -> dict[str, dict[str, Any]]:
    """Read SES's suppression list: what is new, and once a day all of it.

    Args:
        alias: The mailer whose account is asked; empty asks all whose mailers go by
            SES's list.
        unless_younger_s: A copy of this age is good enough.
        whole: Read all of it.
    """
    results: dict[str, dict[str, Any]] = {}
    for each in _accounts(alias, such=lambda row: "ses" in row.suppression):
        report = suppression.refresh(
            each, whole=whole, unless_younger_s=unless_younger_s
        )
        results[each] = {
            "suppression": _word(report.error, report.skipped),
            "listed": report.listed,
            "added": report.added,
            "removed": report.removed,
        }
    return results


@shared_task(base=SteadyTask, name="seacucumber.tasks.guard_reputation")
def guard_reputation() -> dict[str, str]:
    """Stop mail that endangers an account, bulk mail first, and tell a person.

    Returns what is done for each account.
    """
    standings = {}
    for each in _accounts(""):
        standings[each] = guard.review(each).name.lower()
        guard.send_alerts(each)
    return standings


@shared_task(base=SteadyTask, name="seacucumber.tasks.check_dns")
def check_dns(identity: int | None = None) -> int:
    """Look for domains' records in DNS: one domain's, or all whose last look is old.

    Returns how many domains were looked at.
    """
    if identity is not None:
        row = Identity.objects.filter(pk=identity).first()
        if row is None:
            return 0
        identities.check_dns(row)
        return 1
    keys = {get_mailer(alias).pace_key for alias in _accounts("")}
    return sum(identities.check_due(key) for key in keys)


def ask_for_refresh(alias: str, subject: RefreshSubject | str) -> bool:
    """Have a worker refresh a subject of a mailer's account now. Never raises.

    Waits two seconds at most. With Celery's ``task_always_eager`` there is no worker:
    SES is asked here.

    Returns:
        False if no worker can be asked, because the broker is down.
    """
    arguments: dict[str, Any] = {"alias": alias, "unless_younger_s": 0.0}
    match RefreshSubject(subject):
        case RefreshSubject.IDENTITIES:
            return ask_worker(refresh_identities, alias, arguments)
        case RefreshSubject.SUPPRESSION:
            return ask_worker(refresh_suppression, alias, arguments)
        case RefreshSubject.ALL_SUPPRESSION:
            return ask_worker(refresh_suppression, alias, {**arguments, "whole": True})
    return ask_worker(refresh_usage, alias, arguments)


def ask_for_dns_check(identity: int) -> bool:
    """Have a worker look for a domain's records in DNS now. Never raises.

    Returns:
        False if no worker can be asked, because the broker is down.
    """
    row = Identity.objects.filter(pk=identity).only("mailer").first()
    return row is None or ask_worker(check_dns, row.mailer, {"identity": identity})


def ask_worker(task: Task[Any, Any], alias: str, arguments: dict[str, Any]) -> bool:
    """Have a worker run a task now. Never raises; waits two seconds at most.

    Args:
        alias: The mailer whose queue the worker listens to.

    Returns:
        False if no worker can be asked, because the broker is down.
    """
    if current_app.conf.task_always_eager:
        try:
            task.apply(kwargs=arguments, throw=True)
        except Exception:
            logger.exception("%s failed.", task.name)
            return False
        return True
    route = _route(alias)
    options: dict[str, Any] = {"queue": route} if route else {}
    return _asker.ask(
        lambda: task.apply_async(kwargs=arguments, retry=False, **options)
    )


def _route(alias: str) -> str:
    try:
        return get_mailer(alias).route_queue
    except InvalidSetting:
        return ""


def _accounts(
    alias: str, such: Callable[[Mailer], bool] = lambda row: True
) -> Iterator[str]:
    """Yield the first such mailer of each account, or only the given one."""
    if alias:
        yield alias
        return
    first: dict[str, str] = {}
    for each in mailer_aliases():
        mailer = get_mailer(each)
        if such(mailer):
            first.setdefault(mailer.pace_key, each)
    yield from first.values()


def _usage_result(report: usage.UsageReport) -> dict[str, str]:
    return {
        str(subject): _word(report.errors.get(subject), report.skipped.get(subject))
        for subject in (RefreshSubject.ACCOUNT, RefreshSubject.STATISTICS)
    }


def _word(error: AccountError | None, skipped: str | None) -> str:
    if error is None:
        return str(skipped or "asked")
    # Not raised: the row of the refresh has it, and other accounts are to be asked.
    logger.warning("SES was asked in vain: %s", error)
    return in_plain_words(error)
