"""The life of DKIM keys: make, publish, check, activate, rotate, retire, revoke.

`models.DkimKey` moves only through here. Whatever asks SES or DNS is not to be called
inside a transaction.
"""

from __future__ import annotations

from seacucumber.dkim_keys.automation import Advanced, advance
from seacucumber.dkim_keys.byodkim import follow_push, push, signs_at_ses
from seacucumber.dkim_keys.check_policy import publishable_at
from seacucumber.dkim_keys.create import generate, import_pem, import_settings
from seacucumber.dkim_keys.dns_check import Checked, check, check_due, record_of
from seacucumber.dkim_keys.errors import KeyRefused, NotPublished, WrongState
from seacucumber.dkim_keys.options import set_options
from seacucumber.dkim_keys.problems import KeyProblem, key_problems
from seacucumber.dkim_keys.storage import reencrypt
from seacucumber.dkim_keys.transitions import (
    abandon,
    activate,
    restore,
    retire,
    revoke,
    rotate,
)
from seacucumber.signing import KeyUnreadable

__all__ = [
    "Advanced",
    "Checked",
    "KeyProblem",
    "KeyRefused",
    "KeyUnreadable",
    "NotPublished",
    "WrongState",
    "abandon",
    "activate",
    "advance",
    "check",
    "check_due",
    "follow_push",
    "generate",
    "import_pem",
    "import_settings",
    "key_problems",
    "publishable_at",
    "push",
    "record_of",
    "reencrypt",
    "restore",
    "retire",
    "revoke",
    "rotate",
    "set_options",
    "signs_at_ses",
]
