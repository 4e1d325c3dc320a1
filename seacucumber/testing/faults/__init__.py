"""What the local SES is told to do wrong, and what it answers then."""

from __future__ import annotations
