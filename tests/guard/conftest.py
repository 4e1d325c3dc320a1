"""The guard looks at every event, not only twice a second."""

from __future__ import annotations

import pytest

from seacucumber.guard import enforcement


@pytest.fixture(autouse=True)
def _look_always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enforcement, "REVIEW_EVERY_S", -1.0)
