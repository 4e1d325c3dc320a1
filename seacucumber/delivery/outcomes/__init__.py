"""What follows from an answer of SES, or from one that is lost."""

from __future__ import annotations
