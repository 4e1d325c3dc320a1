"""What an SES account has and may: quota, identities, DKIM, its suppression list."""

from __future__ import annotations
