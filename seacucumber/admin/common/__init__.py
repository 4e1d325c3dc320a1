"""What pages share: permissions, forms, pills, and how numbers and times are written."""

from __future__ import annotations
