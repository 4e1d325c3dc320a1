"""Holds: what stops mail, stopping it by hand, and resuming."""

from __future__ import annotations
