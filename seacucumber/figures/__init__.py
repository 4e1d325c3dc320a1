"""Read-only figures for people: all from the database, none from AWS."""

from __future__ import annotations

from seacucumber.figures.events import Events
from seacucumber.figures.findings.base import Finding, Severity
from seacucumber.figures.findings.dkim_keys import key_findings
from seacucumber.figures.findings.summary import find
from seacucumber.figures.identities import IdentityProblem, Standing
from seacucumber.figures.limits import Account, Quota, Rate, accounts
from seacucumber.figures.overview import Overview, Queue, find_account, read_overview
from seacucumber.figures.ranges import DEFAULT_SPAN, SPANS, Span
from seacucumber.figures.speed import Speed, SpeedBin
from seacucumber.figures.traffic import Bin, Counts, Traffic
from seacucumber.figures.upkeep import Age, Job

__all__ = [
    "DEFAULT_SPAN",
    "SPANS",
    "Account",
    "Age",
    "Bin",
    "Counts",
    "Events",
    "Finding",
    "IdentityProblem",
    "Job",
    "Overview",
    "Queue",
    "Quota",
    "Rate",
    "Severity",
    "Span",
    "Speed",
    "SpeedBin",
    "Standing",
    "Traffic",
    "accounts",
    "find",
    "find_account",
    "key_findings",
    "read_overview",
]
