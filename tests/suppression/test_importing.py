"""What an import does to entries that are there, and how long it may take."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest

from seacucumber import suppression
from seacucumber.db import clock
from seacucumber.enums import SuppressionReason, SuppressionSource
from seacucumber.suppression import import_export
from seacucumber.suppression.import_export import harmless
from tests.queue import drain, now_us, put
from tests.suppression.event_story import bounce, tell
from tests.suppression.lists import rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ses")]

ANN = "ann0@example.org"


def pause() -> None:
    """Let Ann's mailbox be full three times."""
    message = put()
    drain()
    message.refresh_from_db()
    for age_s in (3.0, 2.0, 1.0):
        tell(bounce(message, type_="Transient", age_s=age_s))


def test_a_complaint_makes_a_pause_last() -> None:
    pause()

    report = suppression.import_file([f"{ANN},COMPLAINT"])

    assert (report.added, report.known) == (1, 0)
    row = rows()[ANN]
    assert (row.reason, row.source) == (
        SuppressionReason.COMPLAINT,
        SuppressionSource.MANUAL,
    )
    assert (row.expires_at, row.strikes) == (None, 0)


@pytest.mark.parametrize(("days", "added"), [(1, 0), (30, 1)])
def test_what_ends_later_is_taken_and_what_ends_sooner_is_not(
    days: int, added: int
) -> None:
    pause()
    before = rows()[ANN].expires_at
    ends_at = clock.moment(now_us()) + timedelta(days=days)

    report = suppression.import_file(
        ["address,expires", f"{ANN},{clock.aware(ends_at).isoformat()}"]
    )

    assert (report.added, report.known) == (added, 1 - added)
    assert rows()[ANN].expires_at == (ends_at if added else before)


@pytest.mark.parametrize("cell", [";" * 100_000, "; " * 50_000, ";\n" * 50_000])
def test_no_cell_takes_long(cell: str) -> None:
    begun = time.perf_counter()

    harmless(cell)
    suppression.import_file(["address,scope,note", f'ann@example.org,,"{cell}"'])

    assert time.perf_counter() - begun < 1.0


def test_a_long_note_is_cut_and_any_other_long_cell_refused() -> None:
    long = "x" * 1001

    report = suppression.import_file(
        [
            "address,note,reason,other",
            f"ann@example.org,{long},,",
            f"bob@example.org,,{long},",
            f"cid@example.org,,,{long}",
        ]
    )

    assert report.problems == ["Line 3: the reason is longer than 1000 characters."]
    assert set(rows()) == {"ann@example.org", "cid@example.org"}
    assert rows()["ann@example.org"].note == "x" * 200


def test_the_clock_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read, reads = import_export.now, []

    def counted() -> Any:
        reads.append(read())
        return reads[-1]

    monkeypatch.setattr(import_export, "now", counted)

    suppression.import_file([f"a{number}@example.org" for number in range(1200)])

    assert len(reads) == 1
    assert {row.since for row in rows().values()} == set(reads)


def test_entries_that_are_there_take_few_queries(
    django_assert_max_num_queries: Any,
) -> None:
    at = clock.moment(now_us())
    lines = [f"a{number}@example.org" for number in range(200)]
    ended = [f"{line},,,,{clock.aware(at).isoformat()}" for line in lines]
    suppression.import_file(["address,reason,scope,note,expires", *ended])
    assert len(rows()) == 200

    with django_assert_max_num_queries(20):
        report = suppression.import_file(lines)

    assert report.added == 200
    assert {row.expires_at for row in rows().values()} == {None}
