"""The DNS records of a sending domain: which to publish, and what is published."""

from __future__ import annotations

from seacucumber.dns.dkim_keys import KeyFinding, check_key
from seacucumber.dns.dkim_records import KeyResult
from seacucumber.dns.looking import Finding, Resolver, Result, check, make_resolver
from seacucumber.dns.records import Purpose, Record, records_of

__all__ = [
    "Finding",
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
