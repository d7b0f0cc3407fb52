"""Pupils under a keyed pseudonym: the same pupil is the same number, and nobody can go back.

Keyed BLAKE2b (RFC 7693); `person` keeps uses of one key apart. UPNs can be enumerated, so an
unkeyed hash would be no protection: whoever holds the key can recompute every pseudonym.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from publisher.errors import CouldNotRun, UsageProblem

KEY_VARIABLE = "PUBLISHER_KEY"
SHORTEST_GOOD_KEY = 16
"""Characters; UPNs can be enumerated, so a key that can be guessed protects nobody."""
_HOW_TO = (
    f"Set {KEY_VARIABLE} in the environment, or name a key file that only you can read. "
    "Keep the key: without it no later batch fits the store."
)


class PseudonymKey:
    """A secret that turns UPNs into pseudonyms; never printed."""

    def __init__(self, secret: str) -> None:
        """Derive the key from `secret`.

        Raises:
            UsageProblem: the secret is empty.
        """
        if not secret:
            raise UsageProblem("The pseudonym key is empty", _HOW_TO)
        self._key = hashlib.blake2b(secret.encode(), person=b"publisher key").digest()
        self._start = hashlib.blake2b(key=self._key, digest_size=8, person=b"pupil")

    def __repr__(self) -> str:
        return "PseudonymKey(hidden)"

    def __reduce__(self) -> str:
        raise TypeError("a pseudonym key cannot be copied into a file")

    @property
    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits that differ between keys and reveal none."""
        return hashlib.blake2b(key=self._key, digest_size=8, person=b"fingerprint").hexdigest()

    def tie_key(self) -> bytes:
        """Thirty-two bytes for keyed hashes elsewhere, unrelated to pseudonyms."""
        return hashlib.blake2b(key=self._key, digest_size=32, person=b"tie").digest()

    def receipt_digest(self, identifier: str) -> str:
        """Thirty-two hexadecimal digits for receipts; unrelated to pseudonyms."""
        person = b"receipt"
        state = hashlib.blake2b(identifier.encode(), key=self._key, digest_size=16, person=person)
        return state.hexdigest()

    def pupils(self, upns: Sequence[str]) -> npt.NDArray[np.int64]:
        """The pseudonym of each UPN."""
        return np.fromiter(map(self._pupil, upns), np.int64, len(upns))

    def _pupil(self, upn: str) -> int:
        state = self._start.copy()
        state.update(upn.encode())
        return int.from_bytes(state.digest(), "big", signed=True)


def load_key(environ: Mapping[str, str], key_file: Path | None) -> PseudonymKey:
    """The key from `PUBLISHER_KEY`, else from the key file.

    Raises:
        UsageProblem: there is no key, or others may read the key file.
    """
    secret = environ.get(KEY_VARIABLE, "").strip()
    if secret:
        return PseudonymKey(secret)
    if key_file is None:
        raise UsageProblem("There is no pseudonym key", _HOW_TO)
    return PseudonymKey(_read(key_file))


def create_key_file(path: Path) -> None:
    """Write a new random key that only the owner can read.

    Raises:
        UsageProblem: there is a file already; a key is never overwritten.
        CouldNotRun: the file cannot be written.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise UsageProblem(
            f"{path.name} exists already and is not overwritten",
            "Use it, or choose another name. A store can only be read on with its own key.",
        ) from None
    except OSError as error:
        raise CouldNotRun(f"{path.name} cannot be written: {error.strerror}", _HOW_TO) from None
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_hex(32) + "\n")
        file.flush()
        os.fsync(file.fileno())


def _read(key_file: Path) -> str:
    try:
        mode = key_file.stat().st_mode
        if mode & 0o077:
            raise UsageProblem(
                f"The key file {key_file.name} can be read by others", f"chmod 600 {key_file.name}"
            )
        secret = key_file.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise UsageProblem(f"There is no key file {key_file.name}", _HOW_TO) from None
    except (OSError, UnicodeDecodeError):
        raise UsageProblem(f"The key file {key_file.name} cannot be read", _HOW_TO) from None
    return secret
