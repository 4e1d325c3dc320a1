"""What the pages say of an account in any state is true, sentence by sentence.

A state is put together at random, by a seed (``states.py``). What is true of it is
known from its rows, by code that shares nothing with the pages'. Each sentence has a
pattern and a condition (``claims.py``); one that no pattern covers fails, as one does
whose condition does not hold.
"""

from __future__ import annotations

import os
import re
from html.parser import HTMLParser
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from seacucumber.conf import get_mailer
from seacucumber.enums import HoldCause, HoldScope
from seacucumber.figures import accounts
from seacucumber.management.doctor_account import AccountLook
from seacucumber.management.progress import Activity
from seacucumber.models import Hold
from tests.admin.claims import wrong
from tests.admin.states import State, random_state

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("backend", "wakeups"),
]

#: In ``make test``; ``make services`` looks at 200.
STATES = int(os.environ.get("SEACUCUMBER_TEST_STATES", "40"))


def looked_at_by_the_doctor() -> list[str]:
    """Return what ``ses_doctor`` says of the account, as it has it from the rows."""
    look = AccountLook(
        account=accounts()[0],
        mailer=get_mailer(),
        activity=Activity(StringIO()),
        offline=True,
    )
    found = [*look.aws(), *look.events(), *look.upkeep(), *look.verdict()]
    texts = [text for each in found for text in (each.headline, each.text)]
    return [sentence for text in texts for sentence in in_sentences(text)]


def in_sentences(text: str) -> list[str]:
    """Return the sentences of a text, without their ends."""
    parts = re.split(r"(?<=[.?!])\s+(?=[A-Z\d])", text.strip())
    return [each.rstrip(".") for each in parts if each.strip(". ")]


class _Reader(HTMLParser):
    """Reads what needs somebody, and what stands still, as people do."""

    _BLOCKS = frozenset({"p", "li", "strong", "div", "a", "td", "th", "br", "span"})
    _DEEPER = frozenset({"div", "ul", "section", "table"})
    _READ = frozenset({"cu-notice", "cu-findings", "cu-holds"})

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[str] = []
        self._depth = 0
        self._link = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        classes = (names.get("class") or "").split()
        if self._depth:
            self._depth += tag in self._DEEPER
        elif self._READ.intersection(classes) or names.get("id") == "result_list":
            self._depth = 1
        self._link = self._link or tag == "a"
        if tag in self._BLOCKS:
            self.blocks.append("")

    def handle_endtag(self, tag: str) -> None:
        if self._depth and tag in self._DEEPER:
            self._depth -= 1
        self._link = self._link and tag != "a"
        if tag in self._BLOCKS:
            self.blocks.append("")

    def handle_data(self, data: str) -> None:
        if self._depth and not self._link and self.blocks:
            self.blocks[-1] += data


def sentences(html: str) -> list[str]:
    """Return the sentences of a page's notices."""
    reader = _Reader()
    reader.feed(html)
    text = [" ".join(block.split()) for block in reader.blocks]
    return [sentence for block in text for sentence in in_sentences(block)]


@pytest.mark.parametrize("number", range(STATES))
def test_no_sentence_on_the_pages_is_false(number: int, admin_client: Client) -> None:
    state = random_state(number)
    pages = [reverse("admin:seacucumber_dashboard_changelist")]
    if state.holds:
        first = state.holds[0].pk
        pages.append(reverse("admin:seacucumber_hold_resume", args=[first]))
        pages.append(reverse("admin:seacucumber_hold_changelist"))
    said = [
        sentence
        for page in pages
        for sentence in sentences(admin_client.get(page).content.decode())
    ]
    assert said
    said += looked_at_by_the_doctor()
    shown = StringIO()
    call_command("ses_queue", "show", stdout=shown)
    lines = [line.strip().rstrip(".") for line in shown.getvalue().splitlines()]
    said += [line for line in lines if line]
    found = wrong(state, said)
    assert not found, "\n".join([repr(state), *found])


def test_the_checker_finds_what_is_false_and_what_it_does_not_know() -> None:
    """Bulk stopped, then everything stopped."""
    state = State(
        holds=[
            Hold(scope=HoldScope.LANE, value="bulk", cause=HoldCause.OPERATOR),
            Hold(scope=HoldScope.ACCOUNT, value="", cause=HoldCause.OPERATOR),
        ]
    )
    said = "It is kept and nothing is lost; this hold stops no other mail"
    assert wrong(state, [said]) == [f"false: {said}"]
    assert wrong(state, ["All is well"]) == ["false: All is well"]
    assert wrong(state, ["Mail flies"]) == ["nobody can judge: Mail flies"]
