"""DKIM keys: their list, their life, and what follows from each step."""

from __future__ import annotations
