"""Permissions that pages of several rooms ask for, before they link to each other."""

from __future__ import annotations

VIEW_EVENT = "seacucumber.view_event"
VIEW_MESSAGE = "seacucumber.view_message"
VIEW_SUPPRESSED = "seacucumber.view_suppressed"
