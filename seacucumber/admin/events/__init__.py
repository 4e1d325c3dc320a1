"""Events of SES: the list, and the page of one."""

from __future__ import annotations
