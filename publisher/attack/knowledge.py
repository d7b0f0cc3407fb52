"""What has been read about every unknown number, before anything is added up."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from publisher.attack.dimensions import Cells, Cube
from publisher.attack.layout import Figures, Read
from publisher.attack.system import Flags, Floats
from publisher.attack.values import Sayings


@dataclass(frozen=True, repr=False)
class Located:
    """The figures of one column, the cell that each row is about, and what it says."""

    read: Read
    figures: Figures
    cube: Cube
    cell: Cells
    says: Sayings


@dataclass(repr=False)
class Knowledge:
    """What has been read so far about every cell.

    base: the coarsest rounding of any column; 0 while none is said or detected. told: wholes that
    are not shown but follow from shares.
    """

    low: Floats
    high: Floats
    seen: Flags
    shown: Flags
    withheld: Flags
    told: Flags
    faults: list[str] = field(default_factory=list)
    base: int = 0

    @classmethod
    def of_nothing(cls, cells: int) -> Knowledge:
        """Counts are not negative; nothing else is known."""
        seen, shown, withheld, told = (np.zeros(cells, dtype=bool) for _ in range(4))
        return cls(np.zeros(cells), np.full(cells, np.inf), seen, shown, withheld, told)

    def learn(self, cell: Cells, low: Floats, high: Floats) -> None:
        """Add intervals for cells; a cell may be named more than once."""
        np.maximum.at(self.low, cell, low)
        np.minimum.at(self.high, cell, high)
