"""Measures how many counts of a table are withheld so that none that is small can be worked out.

Usage: python benchmarks/withholding.py [TABLE.csv]

TABLE has the columns region, la, phase, reason, freq: counts of the smallest parts. Every margin
(authority, region, England; each phase and all; each reason and all) is published with them. Counts
from 1 to 9 are withheld to begin with. Without TABLE an invented one of 10,400 cells is used.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.properties.count_cubes import cube_of, invented, protected


def main() -> None:
    """Read or invent a table, protect it, print what it took."""
    table = pd.read_csv(sys.argv[1]) if len(sys.argv) > 1 else invented(seed=1)
    cube = cube_of(table)
    started = time.monotonic()
    done = protected(cube)
    seconds = time.monotonic() - started
    primary = int(cube.primary.sum())
    print(
        f"{cube.primary.size:,} cells, {primary:,} primary, {int(done.withheld.sum()):,} withheld "
        f"({done.withheld.sum() / primary:.3f} x primary), "
        f"{int((done.withheld & ~done.settled).sum())} with fewer than 5 candidates, "
        f"{seconds:.0f} s"
    )


if __name__ == "__main__":
    main()
