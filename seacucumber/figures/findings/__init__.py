"""What the figures mean: findings with a severity and advice, and their summary."""

from __future__ import annotations
