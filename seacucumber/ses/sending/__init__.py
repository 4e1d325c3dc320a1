"""The call that sends a message, and what each answer means."""

from __future__ import annotations
