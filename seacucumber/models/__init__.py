"""Rows and their legal moves."""

from __future__ import annotations

from seacucumber.models.account.dkim_key import DkimKey, DkimKeyEvent
from seacucumber.models.account.identity import Identity
from seacucumber.models.account.refresh import ControlPace, Refresh
from seacucumber.models.account.reputation import MailMinute, Reputation
from seacucumber.models.account.suppression import Suppressed
from seacucumber.models.account.usage import AccountSnapshot, StatisticPoint
from seacucumber.models.dashboard import Dashboard
from seacucumber.models.events.event import Event
from seacucumber.models.events.route import EventRoute
from seacucumber.models.events.sns_certificate import FetchAllowance, SNSCertificate
from seacucumber.models.queue.attempt import Attempt
from seacucumber.models.queue.body import BodyChunk
from seacucumber.models.queue.hold import Hold
from seacucumber.models.queue.host_clock import HostClock
from seacucumber.models.queue.message import Message, Recipient
from seacucumber.models.queue.pace import Pace
from seacucumber.models.queue.quota import QuotaSlice

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
