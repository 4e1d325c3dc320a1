"""How a test, a console or another process drives the local SES."""

from __future__ import annotations
