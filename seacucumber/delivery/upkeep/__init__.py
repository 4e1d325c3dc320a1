"""What is done beside delivery: mail left behind, clocks that jump, old rows."""

from __future__ import annotations
