"""Everything that knows how to speak to AWS. Nothing else imports boto3."""

from __future__ import annotations

from seacucumber.ses.client import SendCall, Sender, get_sender

__all__ = ["SendCall", "Sender", "get_sender"]
