"""The DNS records of a sending domain: which to publish, and what is published."""

from __future__ import annotations

from seacucumber.dns.dkim_keys import KeyFinding, check_key
from seacucumber.dns.dkim_records import KeyResult
from seacucumber.dns.records import Purpose, Record, records_of
from seacucumber.dns.resolver import DnsFinding, Resolver, Result, check, make_resolver

__all__ = [
    "DnsFinding",
    "KeyFinding",
    "KeyResult",
    "Purpose",
    "Record",
    "Resolver",
    "Result",
    "check",
    "check_key",
    "make_resolver",
    "records_of",
]
