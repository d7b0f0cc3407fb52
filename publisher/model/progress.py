"""How long work tells that it is alive, without knowing where it is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

Advance = Callable[[int], None]


class Progress(Protocol):
    """Something that can show one named stage of known length at a time."""

    def stage(self, name: str, total: int) -> AbstractContextManager[Advance]:
        """Open a stage of `total` steps; call what it yields with the number of steps done."""


class Silent:
    """Progress for tests and pipes: shows nothing."""

    @contextmanager
    def stage(self, name: str, total: int) -> Iterator[Advance]:
        """Do nothing with `name` and `total`."""
        del name, total
        yield lambda _steps: None
