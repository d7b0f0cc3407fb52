"""Worlds of an attack that has not ended, written down as they are found, so that it can go on.

Each is a file of its own, in a folder named by the facts: for other facts there are no worlds yet.
Like all worlds they follow from the published files alone. Whoever takes them up checks them.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from publisher.attack.arrays import DAMAGED, open_arrays, write_arrays
from publisher.attack.packing import narrowest
from publisher.attack.worlds import World
from publisher.errors import CouldNotRun

SUFFIX = ".unfinished"
_FACTS = re.compile("[0-9a-f]{64}")
_FAST = 1
"""Level of compression: most values of a world are small, so more takes long and saves little."""


class Unfinished:
    """A folder with the worlds of an attack, also of the releases before."""

    def __init__(self, certificate: Path) -> None:
        """Beside `certificate`, which is written when the attack has ended."""
        self.certificate = certificate
        self._folder = certificate.with_name(certificate.name + SUFFIX)

    def worlds(self, facts: str) -> Iterator[World]:
        """What an earlier attack on the same facts found, in order; what is damaged is left out.

        Args:
            facts: digest of a system.
        """
        for each in sorted((self._folder / facts).glob("*.npz")):
            if (world := _read(each)) is not None:
                yield world

    def keep(self, facts: str, world: World) -> None:
        """Write a world down, after those that are there.

        Raises:
            CouldNotRun: it cannot be written.
        """
        folder = self._folder / facts
        try:
            folder.mkdir(parents=True, exist_ok=True)
            number = max((int(each.stem) for each in folder.glob("*.npz")), default=0) + 1
            file = folder / f"{number:06d}.npz"
            beside = file.with_suffix(".part")
            values = narrowest(world.values)
            arrays = {"values": values, "unit": world.unit, "first": world.first}
            write_arrays(beside, arrays, level=_FAST)
            beside.replace(file)
        except OSError as error:
            raise CouldNotRun(
                f"A world of the attack cannot be written to {self._folder}: {error.strerror}",
                "Free space there, or attack without --certificate.",
            ) from None

    def remove(self) -> None:
        """The attack has ended: nothing is left to go on from."""
        if not self._folder.is_dir():
            return
        own = [each for each in self._folder.iterdir() if _FACTS.fullmatch(each.name)]
        for each in own:
            shutil.rmtree(each, ignore_errors=True)
        if not any(self._folder.iterdir()):
            self._folder.rmdir()


def _read(path: Path) -> World | None:
    """The world in a file, or None where it is not whole."""
    try:
        with open_arrays(path) as opened:
            values, unit, first = (opened[name] for name in ("values", "unit", "first"))
    except DAMAGED:
        return None
    if values.ndim != 1 or not np.issubdtype(values.dtype, np.integer):
        return None
    return World(values, int(unit), int(first))
