"""The demo's processes never outlive it. `make demo ARGS=--exit` tests the rest."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from demo_site.processes import PartFailed, Parts, Stopped

ROOT = Path(__file__).resolve().parent.parent
#: Bounds a test that would otherwise hang; not a measure of anything.
PATIENCE_S = 60.0
STUBBORN = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(300)"
#: Starts a child in the background and prints the ids of both.
FAMILY = (
    "import os, subprocess, sys, time;"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
    "print(os.getpid(), child.pid, flush=True); time.sleep(60)"
)
DEMO = f"""
import os, pathlib, time
from demo_site.processes import Parts
logs = pathlib.Path({{logs!r}})
with Parts(environment=os.environ, logs=logs, belongings=[logs / "belonging"]) as parts:
    parts.start("family", "-c", {FAMILY!r})
    time.sleep(60)
"""


def is_running(pid: int) -> bool:
    """Whether a process runs; one that ended and was not waited for does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # Where nobody waits for orphans, Linux keeps their entry as a zombie.
    stat = Path(f"/proc/{pid}/stat")
    return not (stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z")


def wait_until_gone(pids: list[int]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while running := [pid for pid in pids if is_running(pid)]:
        assert time.monotonic() < deadline, f"still running: {running}"
        time.sleep(0.02)


def pids_in(log: Path) -> list[int]:
    deadline = time.monotonic() + PATIENCE_S
    while not (log.exists() and log.read_text().endswith("\n")):
        assert time.monotonic() < deadline, f"{log} stays empty"
        time.sleep(0.02)
    return [int(pid) for pid in log.read_text().split()]


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    return Parts(environment=os.environ, logs=tmp_path, belongings=[])


def test_stopping_ends_the_children_of_a_part_too(parts: Parts, tmp_path: Path) -> None:
    with parts:
        parts.start("family", "-c", FAMILY)
        pids = pids_in(tmp_path / "family.log")
        assert all(map(is_running, pids))

    wait_until_gone(pids)


def test_a_part_that_does_not_listen_is_killed(
    parts: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("demo_site.processes.GRACE_S", 0.2)

    with parts:
        parts.start("stubborn", "-c", f"print({os.getpid()}, flush=True); {STUBBORN}")
        pids_in(tmp_path / "stubborn.log")
    # Leaving the block returned, so the process was not waited for.


def test_a_part_that_ends_by_itself_is_reported_with_its_last_words(
    parts: Parts,
) -> None:
    with parts:
        parts.start("broken", "-c", "raise SystemExit('the disk is full')")
        with pytest.raises(PartFailed, match="the disk is full"):
            parts.wait_until("broken", lambda: False)


def test_whoever_waits_notices_that_the_demo_shall_end(parts: Parts) -> None:
    with parts:
        parts.stop_asked = True
        with pytest.raises(Stopped):
            parts.wait_until("nothing", lambda: False)


def test_a_demo_that_is_killed_outright_leaves_nothing_behind(tmp_path: Path) -> None:
    belonging = tmp_path / "belonging"
    belonging.mkdir()
    demo = subprocess.Popen(
        [sys.executable, "-c", DEMO.format(logs=str(tmp_path))],
        cwd=ROOT,
    )
    pids = pids_in(tmp_path / "family.log")

    demo.send_signal(signal.SIGKILL)
    demo.wait()

    wait_until_gone(pids)
    deadline = time.monotonic() + PATIENCE_S
    while belonging.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
