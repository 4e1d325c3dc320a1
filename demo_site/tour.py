"""The stops of a demo run: what is sent, and whether it arrived exactly once."""

from __future__ import annotations

import http.cookiejar
import re
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from django.conf import settings
from django.core.mail import EmailMessage

from demo_site import letters
from seacucumber.enums import DeliveryStatus, MessageState
from seacucumber.models import Message, Recipient
from seacucumber.testing import LocalSESClient

TIMEOUT_S = 30.0
COLUMNS = ("what", "to", "state", "accepted", "then", "SES message id, or why not")
#: Of an SES message id, which has 66 characters.
SHOWN_OF_ID = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One thing that the demo sends.

    Args:
        addresses: Every recipient, as the database has it; used by no other stop.
        send: Sends it, given the address of the running site.
    """

    what: str
    whom: str
    addresses: frozenset[str]
    send: Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What became of one stop."""

    stop: Stop
    messages: Sequence[Message]
    #: How often SES accepted mail to each recipient.
    accepted: Counter[str]
    #: How many recipients met which delivery status.
    statuses: Counter[DeliveryStatus]

    @property
    def is_complete(self) -> bool:
        """Whether SES has it once for each recipient, and we know that it has, and
        what became of it.
        """
        return (
            self.accepted == Counter(self.stop.addresses)
            and all(message.state == MessageState.SENT for message in self.messages)
            and not self.statuses[DeliveryStatus.UNKNOWN]
        )


def stops() -> list[Stop]:
    """Return what a run sends, in this order. The newsletter is first on purpose."""
    readers = letters.newsletter()
    return [
        Stop(
            what="newsletter",
            whom=f"{len(readers)} readers (bulk)",
            addresses=frozenset(chain.from_iterable(issue.to for issue in readers)),
            send=lambda site: _send(readers),
        ),
        _stop("password reset", "admin@demo.example", _ask_for_a_new_password),
        _stop("error report", "operations@demo.example", _visit_the_broken_page),
        Stop(
            what="invoice",
            whom="juergen@bücher.example + 2",
            addresses=frozenset(
                {
                    "juergen@xn--bcher-kva.example",
                    "lucja@example.com",
                    "archiv@example.com",
                }
            ),
            send=lambda site: _send([letters.rich_letter()]),
        ),
        _simulated("bounce"),
        _simulated("complaint"),
    ]


class Inbox:
    """How often the local SES has accepted mail, by recipient."""

    def __init__(self) -> None:
        self.accepted: Counter[str] = Counter()
        self._ses = LocalSESClient(settings.CUCUMBER_ENDPOINT_URL)
        self._number = 0

    def refresh(self) -> None:
        """Ask for what has come since the last time."""
        for mail in self._ses.accepted_after(self._number):
            self.accepted.update(mail.recipients)
            self._number = mail.number


def reports(stops: Iterable[Stop], accepted: Counter[str]) -> list[Report]:
    """Return what became of each stop, by the database and by the local SES."""
    return [
        Report(
            stop=stop,
            messages=list(
                Message.objects.filter(recipients__address__in=stop.addresses)
                .distinct()
                .order_by("pk")
            ),
            accepted=Counter(
                {
                    address: accepted[address]
                    for address in stop.addresses & accepted.keys()
                }
            ),
            statuses=_statuses(stop),
        )
        for stop in stops
    ]


def table(reports: Iterable[Report]) -> Iterator[str]:
    """Yield the lines of a table of what was delivered."""
    rows = [COLUMNS, *map(_cells, reports)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rows.insert(1, tuple("-" * width for width in widths))
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _statuses(stop: Stop) -> Counter[DeliveryStatus]:
    rows = Recipient.objects.filter(address__in=stop.addresses)
    return Counter(
        DeliveryStatus(status)
        for status in rows.values_list("delivery_status", flat=True)
    )


def _cells(report: Report) -> tuple[str, ...]:
    states = Counter(MessageState(message.state) for message in report.messages)
    ids = [message.ses_message_id for message in report.messages]
    errors = [message.last_error for message in report.messages]
    ids = [f"{text[:SHOWN_OF_ID]}…" for text in ids if text]
    known = next((text for text in [*errors, *ids] if text), "-")
    return (
        report.stop.what,
        report.stop.whom,
        ", ".join(
            f"{count} {state.label}" if count > 1 else str(state.label)
            for state, count in sorted(states.items())
        )
        or "not written",
        _times(report),
        ", ".join(str(status.label) for status in sorted(report.statuses)) or "-",
        known + (f" + {len(ids) - 1}" if len(ids) > 1 else ""),
    )


def _times(report: Report) -> str:
    """Say how often SES has it, in words for the usual case."""
    counts = set(report.accepted.values())
    if report.accepted == Counter(report.stop.addresses):
        return "once" if len(report.stop.addresses) == 1 else "once each"
    arrived = len(report.accepted)
    text = f"{arrived} of {len(report.stop.addresses)}"
    return f"{text}, up to {max(counts)} times" if counts - {1} else text


def _stop(what: str, address: str, send: Callable[[str], None]) -> Stop:
    return Stop(what=what, whom=address, addresses=frozenset({address}), send=send)


def _simulated(outcome: str) -> Stop:
    return _stop(
        f"to {outcome}",
        f"{outcome}@simulator.amazonses.com",
        lambda site: _send([letters.simulated(outcome)]),
    )


def _send(mails: Sequence[EmailMessage]) -> None:
    letters.send_all(mails)


def _ask_for_a_new_password(site: str) -> None:
    """Fill in Django's own form, as somebody with a browser would."""
    url = urllib.parse.urljoin(site, "accounts/password_reset/")
    cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    browser = urllib.request.build_opener(cookies)
    with browser.open(url, timeout=TIMEOUT_S) as page:
        token = re.search(
            r'name="csrfmiddlewaretoken" value="([^"]+)"', page.read().decode()
        )
    if token is None:
        raise RuntimeError(f"{url} has no form.")
    form = {"csrfmiddlewaretoken": token[1], "email": "admin@demo.example"}
    browser.open(url, urllib.parse.urlencode(form).encode(), TIMEOUT_S).close()


def _visit_the_broken_page(site: str) -> None:
    """Make the site fail, so that Django reports it to ``ADMINS``."""
    try:
        urllib.request.urlopen(  # noqa: S310
            urllib.parse.urljoin(site, "broken/"), timeout=TIMEOUT_S
        )
    except urllib.error.HTTPError as error:
        error.close()
