"""Whoever follows the page stops where it is wrong, and says why."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tutorial import reader as reader_module
from tests.tutorial.document import Addition, Command, Link, Output
from tests.tutorial.reader import Reader, Stuck


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    folder = tmp_path / "project"
    folder.mkdir()
    reader = Reader(folder, {"PATH": os.environ["PATH"]})
    yield reader
    reader.close()


def test_what_a_block_exports_holds_in_the_next(reader: Reader) -> None:
    reader.do(Command("export NAME='a b'", stays=False))
    reader.do(Command('echo "<$NAME>"', stays=False))
    reader.do(Output("<a b>"))


def test_block_is_added_to_its_file(reader: Reader, tmp_path: Path) -> None:
    reader.do(Command("echo 'a = 1' > a.py", stays=False))
    reader.do(Addition("a.py", "b = 2"))

    assert (tmp_path / "project" / "a.py").read_text() == "a = 1\n\nb = 2\n"
    with pytest.raises(Stuck, match="no folder shop"):
        reader.do(Addition("shop/a.py", "b = 2"))


def test_command_that_fails_is_named_with_what_it_printed(reader: Reader) -> None:
    with pytest.raises(Stuck, match="status 3:\nsorry"):
        reader.do(Command("echo sorry; (exit 3)\necho on", stays=False))


def test_program_that_ends_without_its_output_is_told(reader: Reader) -> None:
    reader.do(Command("echo other", stays=True))

    with pytest.raises(Stuck, match="is not what the page shows:\nother"):
        reader.do(Output("ready"))


def test_program_that_never_prints_it_is_told(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader_module, "OUTPUT_S", 0)
    reader.do(Command("sleep 600", stays=True))

    with pytest.raises(Stuck, match="is not what the page shows"):
        reader.do(Output("ready"))


def test_page_that_is_not_there_is_told(reader: Reader) -> None:
    with pytest.raises(Stuck, match="cannot be opened"):
        reader.do(Link("http://127.0.0.1:9/", "Verify"))
