"""Rows and their legal moves."""

from __future__ import annotations

from seacucumber.models.attempt import Attempt
from seacucumber.models.body import BodyChunk
from seacucumber.models.dashboard import Dashboard
from seacucumber.models.dkim_key import DkimKey, DkimKeyEvent
from seacucumber.models.event import Event
from seacucumber.models.event_route import EventRoute
from seacucumber.models.hold import Hold
from seacucumber.models.host_clock import HostClock
from seacucumber.models.identity import Identity
from seacucumber.models.message import Message, Recipient
from seacucumber.models.pace import Pace
from seacucumber.models.quota import QuotaSlice
from seacucumber.models.refresh import ControlPace, Refresh
from seacucumber.models.reputation import MailMinute, Reputation
from seacucumber.models.sns_certificate import FetchAllowance, SNSCertificate
from seacucumber.models.suppression import Suppressed
from seacucumber.models.usage import AccountSnapshot, StatisticPoint

__all__ = [
    "AccountSnapshot",
    "Attempt",
    "BodyChunk",
    "ControlPace",
    "Dashboard",
    "DkimKey",
    "DkimKeyEvent",
    "Event",
    "EventRoute",
    "FetchAllowance",
    "Hold",
    "HostClock",
    "Identity",
    "MailMinute",
    "Message",
    "Pace",
    "QuotaSlice",
    "Recipient",
    "Refresh",
    "Reputation",
    "SNSCertificate",
    "StatisticPoint",
    "Suppressed",
]
