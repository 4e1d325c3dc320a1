"""One message, checked and frozen: what it says, to whom, and its MIME bytes."""

from __future__ import annotations

from seacucumber.envelope.build import build, from_mime
from seacucumber.envelope.shapes import Defaults, Envelope, Recipient

__all__ = ["Defaults", "Envelope", "Recipient", "build", "from_mime"]
