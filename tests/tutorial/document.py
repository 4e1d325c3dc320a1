"""The steps of a page: its code blocks, and what the text says to do with each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from docutils import nodes
from docutils.core import publish_doctree

_FILE = re.compile(r"\b[\w./]+\.py\b")
_LINK = re.compile(r"open (?P<page>http://\S+)\s.*?follow (?P<text>.+)\.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Command:
    """A shell block.

    Args:
        stays: It goes on running, in a terminal of its own.
    """

    text: str
    stays: bool


@dataclass(frozen=True, slots=True)
class Addition:
    """A Python block, to be added to a file."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Output:
    """What the command before prints; ``...`` stands for anything."""

    text: str

    def pattern(self) -> re.Pattern[str]:
        """Return what is looked for, in whole lines."""
        parts = [re.escape(part) for part in self.text.split("...")]
        return re.compile("^" + ".*".join(parts) + "$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a page that is to be followed."""

    page: str
    text: str


Step = Command | Addition | Output | Link


def read_steps(source: str, section: str) -> list[Step]:
    """Return the steps of a section, in order.

    Raises:
        ValueError: if there is no such section, or a block of which the text does not
            say what to do with it.
    """
    tree = publish_doctree(
        source,
        settings_overrides={"syntax_highlight": "none", "doctitle_xform": False},
    )
    for part in tree.findall(nodes.section):
        if part.next_node(nodes.title).astext() == section:
            return list(_steps(part))
    raise ValueError(f"There is no section {section!r}.")


def _steps(section: nodes.section) -> Iterator[Step]:
    paragraph = ""
    for node in section.findall():
        if isinstance(node, nodes.paragraph):
            paragraph = node.astext()
            if link := _LINK.search(paragraph):
                yield Link(link["page"], link["text"])
        elif isinstance(node, nodes.literal_block):
            yield _step(node, paragraph)


def _step(block: nodes.literal_block, paragraph: str) -> Step:
    text, classes = block.astext(), block["classes"]
    if "shell" in classes:
        return Command(text, stays="another terminal" in " ".join(paragraph.split()))
    if "text" in classes:
        return Output(text)
    files = _FILE.findall(paragraph)
    if "python" not in classes or not files:
        raise ValueError(f"Nothing says what to do with this block:\n{text}")
    return Addition(files[-1], text)
