"""How many rows a rule looked at, and how many break it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from publisher.checks.cube import Mask


@dataclass(frozen=True)
class Tally:
    """What a rule found: numbers of rows, never values."""

    checked: int
    failing: int

    @classmethod
    def of(cls, failing: Mask, looked_at: Mask | None = None) -> Tally:
        """Count the failures among what was looked at (everything, unless told)."""
        if looked_at is None:
            looked_at = np.ones_like(failing)
        return cls(int(looked_at.sum()), int((failing & looked_at).sum()))
