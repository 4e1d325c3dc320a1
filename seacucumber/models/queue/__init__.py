"""The queue: messages, their bodies, attempts and recipients, holds, and the pace."""

from __future__ import annotations
