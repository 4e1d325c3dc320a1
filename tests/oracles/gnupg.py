"""GnuPG, asked to sign, to encrypt, and whether what arrives is good."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

_USER = "Ann <ann@example.com>"


@cache
def _home() -> str:
    """Return the folder of a key ring of our own, with one key."""
    assert shutil.which("gpg"), (
        "gpg is missing, which judges PGP/MIME. On Debian and Ubuntu: apt install gnupg"
    )
    home = tempfile.mkdtemp(prefix="pgp")  # short: it holds a socket
    _gpg(home, "--quick-gen-key", _USER, "future-default", "default", "never")
    return home


def leave() -> None:
    """End the agent that gpg has started, and forget the key."""
    if _home.cache_info().currsize:
        home = _home()
        subprocess.run(
            ["gpgconf", "--homedir", home, "--kill", "all"], check=True, timeout=60
        )
        shutil.rmtree(home, ignore_errors=True)
        _home.cache_clear()


def sign(octets: bytes) -> bytes:
    """Return a detached signature, in ASCII."""
    return _gpg(_home(), "--armor", "--detach-sign", stdin=octets)


def encrypt(octets: bytes) -> bytes:
    """Return octets that only our key opens, in ASCII."""
    return _gpg(
        _home(),
        *("--armor", "--trust-model", "always", "--encrypt", "-r", _USER),
        stdin=octets,
    )


def decrypt(octets: bytes) -> bytes:
    """Return what was encrypted."""
    return _gpg(_home(), "--decrypt", stdin=octets)


def is_good(octets: bytes, signature: bytes, folder: Path) -> bool:
    """Tell whether gpg finds a detached signature good."""
    (folder / "octets").write_bytes(octets)
    (folder / "signature").write_bytes(signature)
    answer = subprocess.run(
        [
            *("gpg", "--homedir", _home(), "--batch", "--verify"),
            *(str(folder / "signature"), str(folder / "octets")),
        ],
        capture_output=True,
        check=False,
        timeout=60,
    )
    return answer.returncode == 0


def _gpg(home: str, *arguments: str, stdin: bytes = b"") -> bytes:
    answer = subprocess.run(
        [
            *("gpg", "--homedir", home, "--batch", "--quiet"),
            *("--pinentry-mode", "loopback", "--passphrase", "", *arguments),
        ],
        input=stdin,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout
