"""Writes the tables of the pages for those who come from another backend.

``seacucumber/other_backends/`` is the one place that has them; each page is written by
hand down to `MARK`, and a test compares what follows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from seacucumber.other_backends import BACKENDS, Backend, Feature

DOCS = Path(__file__).resolve().parent
MARK = ".. What follows is written by docs/other_backends.py.\n"
#: What is a name: it has an underscore, or a dot within.
_NAME = re.compile(r"\b\w+(?:[._]\w+)+(?:\(\))?")


def page_of(backend: Backend) -> Path:
    """Return where the page of a backend is."""
    return DOCS / f"{backend.page}.rst"


def tables(backend: Backend) -> str:
    """Return what follows the mark in the page of a backend."""
    parts = [f"This is what {backend.title} {backend.version} documents.\n"]
    for title, features in (
        ("Settings", backend.settings),
        (f"Keys of {backend.mapping}", backend.keys),
        ("Attributes of a message", backend.attributes),
        ("Other names", backend.names),
    ):
        if features:
            parts += _table(title, features)
    return "\n".join(parts)


def _table(title: str, features: Sequence[Feature]) -> Iterator[str]:
    yield f"{title}\n{'-' * len(title)}\n"
    yield ".. list-table::\n   :header-rows: 1\n   :widths: 35 15 50\n"
    rows = ["   * - name\n     - here\n     -"]
    rows += [
        f"   * - ``{feature.name}``\n     - {feature.treatment}\n"
        f"     - {_NAME.sub(lambda name: f'``{name[0]}``', feature.instead)}"
        for feature in features
    ]
    yield "\n".join(rows) + "\n"


def renewed(backend: Backend) -> str:
    """Return the whole page of a backend as it should be."""
    head, _, _ = page_of(backend).read_text(encoding="utf-8").partition(MARK)
    return f"{head}{MARK}\n{tables(backend)}"


if __name__ == "__main__":
    for each in BACKENDS:
        page_of(each).write_text(renewed(each), encoding="utf-8")
