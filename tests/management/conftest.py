"""The commands ask a local SES."""

from __future__ import annotations

from seacucumber.testing.pytest_plugin import local_ses

__all__ = ["local_ses"]
