"""One message after the other: signed, begun, and given to SES."""

from __future__ import annotations
