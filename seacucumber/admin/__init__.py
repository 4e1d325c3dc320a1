"""The admin pages. Nothing imports them but Django's autodiscovery."""

from __future__ import annotations

import seacucumber.admin.dashboard.admin
import seacucumber.admin.dkim.admin
import seacucumber.admin.events.admin
import seacucumber.admin.holds.admin
import seacucumber.admin.identities.admin
import seacucumber.admin.messages.admin
import seacucumber.admin.suppression.admin  # noqa: F401 - each registers itself
