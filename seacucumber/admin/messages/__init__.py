"""Messages: the list, one message's page, what is done to it, and the test message."""

from __future__ import annotations
