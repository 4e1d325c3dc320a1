"""Settings about events, lists and the guard: what is taken, what is told otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from seacucumber import setting_values as values
from seacucumber.conf import event_values


def test_suppression_lists_are_chosen() -> None:
    assert event_values.suppression(True) == {"ses", "ours"}
    assert event_values.suppression(False) == frozenset()
    assert (
        event_values.suppression(["ses"]) == event_values.suppression("ses") == {"ses"}
    )


@pytest.mark.parametrize(
    ("parse", "value", "words"),
    [
        (event_values.suppression, ["all"], "'ses' and 'ours'"),
        (event_values.suppression, 1.5, "'ses' and 'ours'"),
        (event_values.suppression_scope, "address", "'account' or 'domain'"),
        (values.switch, 1, "must be True or False"),
        (event_values.three_lines, "0.1", "three numbers from 0 to 1"),
        (event_values.three_lines, (0.1, 0.2), "warn, stop bulk mail, stop all mail"),
        (event_values.three_lines, (0.2, 0.1, 0.3), "none below the one before"),
        (event_values.three_lines, (0, 0.1, 0.3), "none below the one before"),
        (event_values.three_lines, (0.1, 0.2, 3), "a number from 0 to 1"),
        (event_values.three_lines, (0.1, 0.2, 0.3, 0.4), "warn, stop bulk mail"),
        (event_values.addresses, "ops@example.com", "a list of e-mail addresses"),
        (event_values.addresses, ["ops"], "a list of e-mail addresses"),
    ],
)
def test_a_wrong_guard_or_list_is_named(
    parse: Callable[[Any], Any], value: Any, words: str
) -> None:
    with pytest.raises(ValueError, match="must be") as raised:
        parse(value)

    assert words in str(raised.value)


def test_three_lines_are_read() -> None:
    assert event_values.three_lines([0.04, 0.06, 0.09]) == (0.04, 0.06, 0.09)
    assert event_values.addresses([" ops@example.com "]) == ("ops@example.com",)
