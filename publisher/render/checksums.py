"""SHA-256 of published files, in the form that `sha256sum --check` reads."""

from __future__ import annotations

import hashlib
from pathlib import Path

from publisher.errors import CheckFailed

CHECKSUMS_FILE = "SHA256SUMS"


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_checksums(public: Path) -> None:
    """Write `SHA256SUMS` over every file below `public` but itself; the last step of a release.

    Lines are sorted by path. Check with `sha256sum --check SHA256SUMS` in that folder.

    Raises:
        CheckFailed: the folder holds a link, or a name that the format cannot carry.
    """
    lines = [f"{sha256_of(public / name)}  {name}\n" for name in published_files(public)]
    (public / CHECKSUMS_FILE).write_bytes("".join(lines).encode())


def published_files(public: Path) -> tuple[str, ...]:
    """Paths of all files below `public` but the checksums, with forward slashes, sorted.

    Raises:
        CheckFailed: the folder holds a link, or a name that the checksum format cannot carry.
    """
    names = []
    for path in public.rglob("*"):
        name = path.relative_to(public).as_posix()
        if path.is_symlink() or any(character in name for character in "\n\r\\"):
            raise CheckFailed(
                f"'{name!r}' in the folder to be published is a link or oddly named",
                "Publish plain files with plain names; remove it.",
            )
        if path.is_file() and name != CHECKSUMS_FILE:
            names.append(name)
    return tuple(sorted(names))
