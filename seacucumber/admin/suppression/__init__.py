"""Addresses that get no mail: the list, SES's own, and what is done with both."""

from __future__ import annotations
