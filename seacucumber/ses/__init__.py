"""Everything that knows how to speak to AWS. Nothing else imports boto3."""

from __future__ import annotations

from seacucumber.ses.host_clock import ahead_of_ses_s
from seacucumber.ses.sending.client import SendCall, Sender, get_sender

__all__ = ["SendCall", "Sender", "ahead_of_ses_s", "get_sender"]
