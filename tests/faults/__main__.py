"""``python -m tests.faults quick|full|mutate``: runs the scenarios, makes the table.

``quick`` runs each scenario once, where it is at home. ``full`` runs each on every
database, with every broker and pool, which takes hours. ``--table`` writes the table
into ``docs/faults.rst``. Without PostgreSQL, MariaDB, Redis and RabbitMQ it runs what
SQLite and the embedded broker can, and says what is left out. ``mutate`` takes guards
out, and must see a scenario go red for each (`tests.faults.mutants`).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests import child_processes
from tests.faults.mutation import mutate
from tests.faults.services import DATABASES, missing
from tests.faults.wall_clock import LIBRARY

#: Most wait, most of the time; two cores bear three of them.
_AT_ONCE = "3"
_ROOT = Path(__file__).resolve().parents[2]
_DOCS = _ROOT / "docs" / "faults.rst"
_BEGIN, _END = ".. figures begin\n", ".. figures end\n"
#: pytest's exit status when nothing was left to run.
_NOTHING = 5


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("extent", choices=("quick", "full", "mutate"))
    parser.add_argument("--table", action="store_true", help="write docs/faults.rst")
    parser.add_argument(
        "pytest", nargs="*", help="passed on, e.g. -- -k outage; or part of a guard"
    )
    arguments = parser.parse_args()

    if arguments.extent == "mutate":
        return _mutate(" ".join(arguments.pytest))
    absent = missing()
    if absent:
        print(f"Not on this machine, and left out: {', '.join(absent)}.")
    if LIBRARY is None:
        print("No libfaketime: scenarios with wrong clocks are left out.")
    started_s = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "figures.jsonl"
        failed = _run(arguments.extent, absent, arguments.pytest, path)
        rows = _read(path)
    print(_table(rows))
    minutes, seconds = divmod(int(time.monotonic() - started_s), 60)
    print(f"{len(rows)} scenarios with figures, {minutes} min {seconds:02} s.")
    if arguments.table:
        _write(rows)
    return int(failed)


def _mutate(only: str) -> int:
    verdicts = []
    for mutant, verdict in mutate(only):
        verdicts.append(verdict)
        print(f"{verdict:6} {mutant.guard} ({mutant.scenario})", flush=True)
    print(f"Without {verdicts.count('red')} of {len(verdicts)} a scenario is red.")
    return int(set(verdicts) != {"red"})


def _run(extent: str, absent: list[str], more: list[str], figures: Path) -> bool:
    """Run pytest for each database, shared out and then what must be alone."""
    where = "everywhere" if extent == "full" else "home"
    databases = [name for name in DATABASES if name not in absent]
    if absent:
        where, databases = "alone", ["sqlite"]
    failed = False
    for database in databases:
        for which in (["-m", "faults and not alone", "-n", _AT_ONCE], ["-m", "alone"]):
            print(f"\n--- {database}: {which[1]}", flush=True)
            status = child_processes.run(
                [
                    *(sys.executable, "-m", "pytest", "-q", "tests/faults"),
                    *("--dist", "worksteal", "--durations", "5"),
                    *which,
                    *more,
                ],
                cwd=_ROOT,
                env={
                    **os.environ,
                    "SEACUCUMBER_TEST_DB": database,
                    "SEACUCUMBER_FAULTS_EXTENT": where,
                    "SEACUCUMBER_FAULTS_FIGURES": str(figures),
                },
            )
            failed = failed or status not in (0, _NOTHING)
    return failed


def _read(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines()]


def _cells(row: dict[str, Any]) -> tuple[str, str, str]:
    where = f"{row['database']}, {row['broker']}, {row['pool']}"
    found = ", ".join(f"{key} {value}" for key, value in row["figures"].items())
    return row["scenario"], where, found.replace("_", " ")


def _table(rows: list[dict[str, Any]]) -> str:
    return "\n".join("  |  ".join(_cells(row)) for row in rows)


def _write(rows: list[dict[str, Any]]) -> None:
    """Put the figures between the marks in the docs, with the commit they are of."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    lines = [f"Measured on commit ``{commit}``.", "", ".. list-table::"]
    lines += ["   :header-rows: 1", ""]
    for cells in [("scenario", "where", "figures"), *map(_cells, rows)]:
        lines += [f"   * - {cells[0]}", *(f"     - {cell}" for cell in cells[1:])]
    text = _DOCS.read_text()
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    table = "\n".join(lines)
    _DOCS.write_text(f"{before}{_BEGIN}\n{table}\n\n{_END}{after}")


if __name__ == "__main__":
    sys.exit(main())
