"""Takes guards out of a copy of the tree, and sees scenarios go red."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests import child_processes
from tests.faults.mutants import MUTANTS, Mutant

_ROOT = Path(__file__).resolve().parents[2]
#: Mail that never comes to rest is not waited for as long as in earnest.
_PATIENCE_S = "60"
_TESTS_FAILED = 1


def mutate(only: str) -> Iterator[tuple[Mutant, str]]:
    """Yield each guard with what came of taking it out: ``red`` is as it must be.

    Args:
        only: Leave out guards whose text has not this in it.
    """
    with tempfile.TemporaryDirectory(prefix="mutants") as folder:
        tree = Path(folder) / "tree"
        _copy(tree)
        for mutant in MUTANTS:
            if only in mutant.guard:
                yield mutant, _judge(mutant, tree)


def _copy(tree: Path) -> None:
    """Copy what git knows, or would; the work tree itself is left alone."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        if (_ROOT / name).exists():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(_ROOT / name, tree / name)


def _judge(mutant: Mutant, tree: Path) -> str:
    file = tree / "seacucumber" / mutant.file
    text = file.read_text()
    if text.count(mutant.old) != 1:
        return f"does not apply: stands {text.count(mutant.old)} times in {mutant.file}"
    file.write_text(text.replace(mutant.old, mutant.new))
    try:
        status = _run(mutant, tree)
    finally:
        file.write_text(text)
    if status == 0:
        return "GREEN: nothing notices"
    return "red" if status == _TESTS_FAILED else f"no verdict: pytest said {status}"


def _run(mutant: Mutant, tree: Path) -> int:
    return child_processes.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-x", "tests/faults"),
            *("-m", "faults", "-k", mutant.scenario, "-p", "no:cacheprovider"),
        ],
        cwd=tree,
        env={
            **os.environ,
            "SEACUCUMBER_TEST_DB": mutant.database,
            "SEACUCUMBER_TEST_PATIENCE_S": _PATIENCE_S,
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
