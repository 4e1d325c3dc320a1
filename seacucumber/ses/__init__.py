"""Everything that knows how to speak to AWS. Nothing else imports boto3."""

from __future__ import annotations

from seacucumber.ses.client import SendCall, Sender, get_sender
from seacucumber.ses.host_clock import ahead_of_ses_s

__all__ = ["SendCall", "Sender", "ahead_of_ses_s", "get_sender"]
