"""The tutorial can be done as it is written; ``make tutorial`` does it."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest

from seacucumber.testing.__main__ import introduction
from tests.tutorial.document import Addition, Command, Link, Output, read_steps

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "tutorial.rst").read_text(
    encoding="utf-8"
)
WITHOUT_AWS, WITH_AWS = "Without AWS", "With AWS and a broker"


def test_at_most_ten_steps_are_copied() -> None:
    numbered = [
        line for line in PAGE.splitlines() if line.startswith("**") and ".**" in line
    ]

    assert [line.partition(".")[0] for line in numbered] == [
        f"**{number}" for number in range(1, 11)
    ]
    copied = [
        step
        for step in read_steps(PAGE, WITHOUT_AWS)
        if isinstance(step, Command | Addition)
    ]
    assert len(copied) <= 10


@pytest.mark.parametrize("section", [WITHOUT_AWS, WITH_AWS])
def test_every_block_can_be_read_by_its_language(section: str) -> None:
    for step in read_steps(PAGE, section):
        if isinstance(step, Addition):
            ast.parse(step.text)
        elif isinstance(step, Command):
            subprocess.run(["bash", "-n", "-c", step.text], check=True)


def test_settings_are_those_that_the_local_ses_prints() -> None:
    printed = introduction("http://127.0.0.1:8025", "us-east-1")
    [pasted] = [
        step.text
        for step in read_steps(PAGE, WITHOUT_AWS)
        if isinstance(step, Addition) and step.path == "shop/settings.py"
    ]

    wanted = printed.partition("import django\n")[2].strip()
    assert wanted
    assert wanted in pasted


def test_text_says_what_to_do_with_a_block() -> None:
    page = """
Page
====

Title
-----

Write ``shop/a.py``, not ``shop/b.py``:

.. code-block:: python

    a = 1

In another
terminal:

.. code-block:: shell

    run

It prints:

.. code-block:: text

    one
    ...
    two

Then open http://127.0.0.1/ and follow ``This link``.
"""
    addition, command, output, link = read_steps(page, "Title")

    assert addition == Addition("shop/b.py", "a = 1")
    assert command == Command("run", stays=True)
    assert isinstance(output, Output)
    assert output.pattern().search("zero\none\nor\nmore\ntwo\nthree")
    assert not output.pattern().search("one\ntwofold")
    assert link == Link("http://127.0.0.1/", "This link")


def test_block_of_which_nothing_is_said_is_refused() -> None:
    page = "Title\n=====\n\nPart\n----\n\nLook:\n\n.. code-block:: python\n\n    a\n"

    with pytest.raises(ValueError, match="Nothing says what to do with this block"):
        read_steps(page, "Part")
    with pytest.raises(ValueError, match="no section 'Another'"):
        read_steps(page, "Another")
