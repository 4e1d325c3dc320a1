"""How the DKIM keys in the database are kept, used and replaced."""

from __future__ import annotations

from dataclasses import dataclass, field

from seacucumber.enums import OnSigningError

#: Those that a reader sees, that say how the body is read, and that mail programs act
#: upon. Not Feedback-ID, although Gmail would like it: SES adds one of its own.
RECOMMENDED_HEADERS = (
    "From",
    "To",
    "Cc",
    "Subject",
    "Reply-To",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "In-Reply-To",
    "References",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dkim:
    """The settings of all keys in the database. ``_s`` is seconds.

    Args:
        encryption_keys: Fernet keys, the newest first; it seals new private keys.
        secrets: ``SECRET_KEY`` and its fallbacks, which seal where there are none.
        rotate_after_s: When an active key should have a successor.
        retire_after_s: How long the record of a replaced key stays.
        headers: What a key in the database signs, each oversigned.
    """

    encryption_keys: tuple[str, ...] = field(default=(), repr=False)
    secrets: tuple[str | bytes, ...] = field(default=(), repr=False)
    rotate_after_s: float = 180 * 86400.0
    retire_after_s: float = 14 * 86400.0
    on_error: OnSigningError = OnSigningError.HOLD
    headers: tuple[str, ...] = RECOMMENDED_HEADERS
