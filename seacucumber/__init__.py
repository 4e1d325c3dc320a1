"""The mail room between a Django project and Amazon SES."""

from __future__ import annotations

__version__ = "2.0.0.dev0"

#: (major, minor, patch), as Sea Cucumber 1.5 offered it.
VERSION = (2, 0, 0)
