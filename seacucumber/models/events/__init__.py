"""What SES told of mail, and on which way it came."""

from __future__ import annotations
