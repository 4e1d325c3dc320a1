"""Lists of tables that grow without end: none is counted, each has an index."""

from __future__ import annotations
