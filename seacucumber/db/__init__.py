"""The database itself: its clock, its locks, its errors, and rows in bulk."""

from __future__ import annotations
