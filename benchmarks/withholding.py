"""Measures how many counts of a table are withheld so that none that is small can be worked out.

Usage: python benchmarks/withholding.py [TABLE.csv ...] [--seeds N ...]

A table has the columns region, la, phase, reason, freq: counts of the smallest parts. Every margin
(authority, region, England; each phase and all; each reason and all) is published with them. Counts
from 1 to 9 are withheld to begin with. A seed invents a table of 10,400 cells; without tables and
seeds that of seed 1 is used.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.properties.count_cubes import cube_of, invented, protected


def measured(name: str, table: pd.DataFrame) -> str:
    """Protect a table; say what it took, in seconds of a processor."""
    cube = cube_of(table)
    started = time.process_time()
    done = protected(cube)
    seconds = time.process_time() - started
    primary = int(cube.primary.sum())
    return (
        f"{name}: {cube.primary.size:,} cells, {primary:,} primary, "
        f"{int(done.withheld.sum()):,} withheld ({done.withheld.sum() / primary:.3f} x primary), "
        f"{int((done.withheld & ~done.settled).sum())} with fewer than 5 candidates, "
        f"{seconds:.0f} processor seconds"
    )


def main() -> None:
    """Read or invent tables, protect them, print what it took."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tables", type=Path, nargs="*")
    parser.add_argument("--seeds", type=int, nargs="*", default=[])
    asked = parser.parse_args()
    for path in asked.tables:
        print(measured(path.name, pd.read_csv(path)), flush=True)
    for seed in asked.seeds or ([] if asked.tables else [1]):
        print(measured(f"seed {seed}", invented(seed)), flush=True)


if __name__ == "__main__":
    main()
