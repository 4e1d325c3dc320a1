"""``make tidy``: what makes a house hard to find one's way in, file by file.

Prints small files that one other file imports, folders that hold too many, names of
files that are gerunds, and public names that stand in several places of one part of
the package. What is meant to be so is in `ALLOWED`, with the reason.
"""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "seacucumber"
#: A file below that has a reason if one alone imports it.
SMALL_LINES = 40
FOLDER_MAX = 16
#: Names that parts of the package have each for themselves: an SES that sends and one
#: that is played have the same nouns, and so have a page and what it shows.
PARTS = ("testing", "ses", "admin", "management")

ALLOWED = {
    "testing/": "The name that libraries give what they offer to their users' tests.",
    "signing/": "The field's name for it: DKIM signing.",
    "delivery/sending/": "The middle of delivery; what SES calls it.",
    "ses/sending/": "The part of SES's API that sends; its other parts are nouns.",
    "ses/provisioning/": "What AWS calls making topics and queues.",
    "pacing.py": "A pace is a row; this is the theory of it, with its proof.",
    "seacucumber": "What a project names in its settings stands at the root.",
    "envelope": "One idea, and none of its files would be looked for below another.",
    "testing/ses": "Amazon SES, in one room.",
    "dkim_keys/selectors.py": "A rule of its own: what a selector may look like.",
    "models/dashboard.py": "A model without a table, for its permissions.",
    "ses/sending/redaction.py": "What must not reach a log, in one place.",
    "admin/suppression/freshness.py": "As each room of the admin has it.",
    "admin/messages/changelist.py": "As each room of the admin has it.",
    "models/queue/message.py": "The envelope has a Recipient, and the queue its row.",
}


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to tidy up.

    Args:
        where: Path of a file or folder below the package.
        what: What is wrong with it.
    """

    where: str
    what: str

    @property
    def is_allowed(self) -> bool:
        """Whether there is a reason for it."""
        inside = any(self.where.startswith(key) for key in ALLOWED if key[-1] == "/")
        return inside or self.where in ALLOWED


def main() -> int:
    remarks = [each for each in find() if not each.is_allowed]
    for each in remarks:
        print(f"{each.where}: {each.what}")
    stale = sorted(set(ALLOWED) - used())
    for name in stale:
        print(f"tests/tidy.py allows {name}, and nothing needs it.")
    print(f"{len(remarks)} to tidy up.")
    return int(bool(remarks or stale))


def used() -> set[str]:
    """Return the entries of `ALLOWED` that are for something."""
    return {
        key
        for key in ALLOWED
        for each in find()
        if each.where == key or (key[-1] == "/" and each.where.startswith(key))
    }


def find() -> Iterator[Remark]:
    """Find everything, also what is allowed."""
    yield from small_files()
    yield from full_folders()
    yield from gerunds()
    yield from names_that_repeat()


def files() -> list[Path]:
    return [
        path
        for path in sorted(PACKAGE.rglob("*.py"))
        if "migrations" not in path.parts and "commands" not in path.parts
    ]


def small_files() -> Iterator[Remark]:
    importers: dict[str, set[str]] = defaultdict(set)
    names = {_module(path): path for path in files()}
    for path in files():
        for name in _imports(path):
            importers[name].add(_module(path))
    for name, path in names.items():
        lines = len(path.read_text(encoding="utf-8").splitlines())
        alone = len(importers[name]) == 1 and path.stem not in ("__init__", "__main__")
        if alone and lines < SMALL_LINES:
            yield Remark(_below(path), f"{lines} lines, for {importers[name].pop()}")


def full_folders() -> Iterator[Remark]:
    count: dict[Path, int] = defaultdict(int)
    for path in files():
        count[path.parent] += 1
    for folder, number in count.items():
        if number > FOLDER_MAX:
            where = "seacucumber" if folder == PACKAGE else _below(folder)
            yield Remark(where, f"{number} files")


def gerunds() -> Iterator[Remark]:
    for path in files():
        if path.stem.endswith("ing"):
            yield Remark(_below(path), "a gerund")
    for folder in sorted({path.parent for path in files()} - {PACKAGE}):
        if folder.name.endswith("ing"):
            yield Remark(f"{_below(folder)}/", "a gerund")


def names_that_repeat() -> Iterator[Remark]:
    """Public classes that stand twice in one part; functions read with their module."""
    places: dict[tuple[str, str], list[str]] = defaultdict(list)
    for path in files():
        part = path.relative_to(PACKAGE).parts[0]
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and node.name[0] != "_":
                key = part if part in PARTS else ""
                places[key, node.name].append(_below(path))
    for (_, name), where in places.items():
        for each in where[1:]:
            yield Remark(each, f"{name} stands in {where[0]}, too")


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{each.name}" for each in node.names)
        elif isinstance(node, ast.Import):
            yield from (each.name for each in node.names)


def _module(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


def _below(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


if __name__ == "__main__":
    sys.exit(main())
