"""Private keys at rest: sealed with Fernet, and bound to the row that they are for.

Who can read or write the database alone learns no key, and cannot put the key of one
domain in the place of another's.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.views.decorators.debug import sensitive_variables

from seacucumber.signing.errors import KeyUnreadable, SigningError

# Part of what is derived from a secret: another use of it has another key.
_PURPOSE = b"seacucumber/dkim-private-key/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class SealingKeys:
    """What seals and opens: the first of them seals, all of them open.

    Args:
        explicit: Fernet keys, the newest first.
        secrets: Texts that a key is derived from, such as ``SECRET_KEY`` and those
            before it. They come after the explicit ones, so that what was sealed
            before there were any still opens.
    """

    explicit: tuple[str, ...] = field(default=(), repr=False)
    secrets: tuple[str | bytes, ...] = field(default=(), repr=False)


@sensitive_variables()
def seal(plaintext: bytes, *, context: str, keys: SealingKeys) -> str:
    """Return a token that only these keys open.

    Args:
        context: What the secret is for, ``domain/selector``; `unseal` wants the same.

    Raises:
        SigningError: if the keys cannot be used.
    """
    secret = base64.b64encode(plaintext).decode("ascii")
    content = json.dumps({"context": context, "secret": secret})
    return _fernet(keys).encrypt(content.encode()).decode("ascii")


@sensitive_variables()
def unseal(token: str, *, context: str, keys: SealingKeys) -> bytes:
    """Return what was sealed.

    Raises:
        KeyUnreadable: if none of the keys opens it, or it was sealed for another
            context. Names the context, never the token.
    """
    try:
        content = _fernet(keys).decrypt(token.encode())
    except InvalidToken:
        raise KeyUnreadable(
            f"The private key of {context} cannot be opened with"
            " CUCUMBER_DKIM_ENCRYPTION_KEYS, SECRET_KEY or SECRET_KEY_FALLBACKS."
            " Put the key back that it was sealed with."
        ) from None
    secret = _secret(content, context)
    if secret is None:
        raise KeyUnreadable(
            f"What is stored as the private key of {context} was sealed for something"
            " else: the row was tampered with, or its domain or selector was changed."
        )
    return secret


@sensitive_variables()
def reseal(token: str, *, context: str, keys: SealingKeys) -> str:
    """Return a token of the same secret under the first of the keys.

    Raises:
        KeyUnreadable: as `unseal` does.
    """
    return seal(unseal(token, context=context, keys=keys), context=context, keys=keys)


@sensitive_variables()
def _secret(content: bytes, context: str) -> bytes | None:
    """Return the secret in what was opened, if it is of this context."""
    try:
        found = json.loads(content)
    except ValueError:
        return None
    if not isinstance(found, dict) or found.get("context") != context:
        return None
    return base64.b64decode(found["secret"])


@lru_cache(maxsize=4)
@sensitive_variables()
def _fernet(keys: SealingKeys) -> MultiFernet:
    try:
        explicit = [Fernet(key) for key in keys.explicit]
    except ValueError:
        raise SigningError(
            "CUCUMBER_DKIM_ENCRYPTION_KEYS has one that is no Fernet key; make them"
            " with cryptography's Fernet.generate_key()."
        ) from None
    fernets = [*explicit, *(_derived(secret) for secret in keys.secrets)]
    if not fernets:
        raise SigningError("There is no key to seal with.")
    return MultiFernet(fernets)


@sensitive_variables()
def _derived(secret: str | bytes) -> Fernet:
    material = secret.encode() if isinstance(secret, str) else secret
    derivation = HKDF(hashes.SHA256(), length=32, salt=None, info=_PURPOSE)
    return Fernet(base64.urlsafe_b64encode(derivation.derive(material)))
