"""What `ses_setup` makes at AWS, so that events arrive: topics, queues, policies."""

from __future__ import annotations
