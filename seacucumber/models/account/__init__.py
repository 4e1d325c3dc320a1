"""What is known of SES accounts: quota, identities, keys, suppression, reputation."""

from __future__ import annotations
