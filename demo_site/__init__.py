"""A small site that sends real mail through Sea Cucumber, to a local SES."""

from __future__ import annotations

from demo_site.celery import app as celery_app

__all__ = ["celery_app"]
