"""A test run that is ended leaves no worker, beat, broker or SES behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests import child_processes
from tests.faults.conftest import Figures
from tests.faults.extent import only_in_full
from tests.office import wait_until

_ROOT = Path(__file__).resolve().parents[2]
#: What the scenario in the run has at least: SES, broker, beat, worker, two of a pool.
_PROCESSES = 6
#: A shell has what it starts in the background ignore Ctrl-C; a terminal does not.
_RUN = """
import signal, sys, pytest
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.exit(pytest.main(sys.argv[1:]))
"""
#: Nobody takes down what a killed run has started; Linux alone does it for us.
_KILLED = (
    [pytest.param(signal.SIGKILL, (), id="SIGKILL")] if sys.platform == "linux" else []
)


@pytest.mark.home(only=True)
@pytest.mark.parametrize(
    ("number", "options"),
    [
        *only_in_full(pytest.param(signal.SIGTERM, (), id="SIGTERM")),
        pytest.param(signal.SIGTERM, ("-n", "1"), id="SIGTERM, shared out"),
        *only_in_full(pytest.param(signal.SIGINT, (), id="Ctrl-C")),
        *_KILLED,
    ],
)
def test_a_run_that_is_ended_leaves_no_process_behind(
    number: signal.Signals, options: tuple[str, ...], tmp_path: Path, figures: Figures
) -> None:
    ready = tmp_path / "ready"
    run = child_processes.start(
        [
            *(sys.executable, "-c", _RUN, "-q", "-p", "no:cacheprovider"),
            *("-m", "faults", "tests/faults/endless.py", *options),
        ],
        cwd=_ROOT,
        env={
            **os.environ,
            "SEACUCUMBER_TEST_DB": "sqlite",
            "SEACUCUMBER_TEST_READY_FILE": str(ready),
        },
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    wait_until(ready.exists, "the scenario is under way")
    started = child_processes.descendants(run.pid)
    assert len(started) >= _PROCESSES

    run.send_signal(number)

    run.wait(60)
    wait_until(
        lambda: not any(map(child_processes.is_running, started)), "all have ended"
    )
    figures(ended_by=number.name, processes=len(started), left=0)
