"""Who delivers for an account, and which messages it takes on."""

from __future__ import annotations
