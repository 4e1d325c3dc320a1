"""With django-unfold in the project, our pages are still there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

HERE = Path(__file__).resolve().parent


def test_every_page_renders_with_unfold() -> None:
    """In a process of its own: INSTALLED_APPS cannot be changed in this one."""
    run = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-m", "browser"),
            *("--ds", "tests.browser.unfold_settings"),
            *("-p", "no:cacheprovider", str(HERE / "walk_with_unfold.py")),
        ],
        cwd=HERE.parent.parent,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stdout[-5000:] + run.stderr[-2000:]
