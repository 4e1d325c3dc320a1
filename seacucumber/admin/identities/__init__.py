"""Addresses and domains that mail may come from."""

from __future__ import annotations
