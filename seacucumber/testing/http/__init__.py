"""The server: connections, signatures, and which operation a request is."""

from __future__ import annotations
