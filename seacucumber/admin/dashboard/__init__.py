"""The dashboard: the verdict, the figures and their charts."""

from __future__ import annotations
