"""Looking into a stored message safely, whatever a stranger has written."""

from __future__ import annotations
