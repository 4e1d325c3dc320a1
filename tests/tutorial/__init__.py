"""``make tutorial``: docs/tutorial.rst, done to the letter."""

from __future__ import annotations
