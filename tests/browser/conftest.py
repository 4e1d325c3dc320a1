"""The browser suite needs Playwright; where it is not installed, nothing is collected.

``make browser`` installs it.
"""

from __future__ import annotations

from importlib.util import find_spec

if find_spec("playwright") is None:
    collect_ignore_glob = ["test_*.py"]
else:
    from tests.browser.fixtures import (
        _orm_beside_playwright,
        chromium,
        context,
        driver,
        scene,
    )

    __all__ = ["_orm_beside_playwright", "chromium", "context", "driver", "scene"]
