"""What pages share: permissions, forms, pills, and how numbers and times read."""

from __future__ import annotations
