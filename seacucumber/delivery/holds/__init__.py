"""Why an account, or a host, has to wait, and when that is over."""

from __future__ import annotations
