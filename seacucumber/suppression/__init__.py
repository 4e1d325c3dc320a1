"""Who gets no mail: SES's list of the account as a copy, and a list of our own.

Deliverers look addresses up in `models.Suppressed` before they send. Whatever asks SES
here waits for its turn, and is not to be called inside a transaction.
"""

from __future__ import annotations

from seacucumber.suppression.entries import (
    InvalidEntry,
    NothingToRemove,
    OnlyAtSES,
    Removed,
    WouldEndSooner,
    add,
    checked_address,
    checked_scope,
    find,
    listed_address,
    remove,
)
from seacucumber.suppression.from_events import apply_events
from seacucumber.suppression.import_export import ImportReport, export_rows, import_file
from seacucumber.suppression.ses_sync import MirrorReport, ask_about, refresh

__all__ = [
    "ImportReport",
    "InvalidEntry",
    "MirrorReport",
    "NothingToRemove",
    "OnlyAtSES",
    "Removed",
    "WouldEndSooner",
    "add",
    "apply_events",
    "ask_about",
    "checked_address",
    "checked_scope",
    "export_rows",
    "find",
    "import_file",
    "listed_address",
    "refresh",
    "remove",
]
