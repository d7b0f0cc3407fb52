"""The program's counting stage over a store, as `publisher release` runs it, and nothing else.

Usage: python benchmarks/counting.py STORE OUT --as-of MOMENT --week WEEK [--kept FOLDER]

Everything is counted that a release needs: all data sets, for England, its regions and local
authorities, and the evidence for disclosure control. Of that, what the other tools of the
comparison count too is written to OUT. `--kept`: the folder in which a release leaves sums, from
which the next one goes on.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from pathlib import Path

import pandas as pd
from plain_periods import STANDS_FOR

from publisher.aggregate.aggregate import count
from publisher.aggregate.settings import EngineSettings, MethodSettings
from publisher.catalogue import CATALOGUE
from publisher.model.definitions import DataSet
from publisher.model.progress import Silent
from publisher.model.stages import TrueCells
from publisher.model.time import IsoWeek, Period
from publisher.store.settings import StoreSettings
from publisher.store.store import Store

COMPARED = (
    "attendance_reasons",
    "persistent_absence",
    "schools_submitting",
    "absence_by_characteristic",
    "persistent_absence_by_characteristic",
)
EVIDENCE, GROUP_EVIDENCE = "evidence", "group_evidence"


def counted(
    asked: argparse.Namespace,
    data_sets: Sequence[DataSet],
    engine: EngineSettings,
    *,
    scratch: Path | None = None,
    kept: Path | None = None,
) -> TrueCells:
    """Count the data sets of a week from what a store knew at a moment.

    `asked` has `store`, `as_of` (None: now) and `week`.
    """
    store = Store(asked.store, StoreSettings())
    with store.reading():
        return count(
            store.snapshot(asked.as_of),
            IsoWeek.parse(asked.week),
            data_sets,
            engine,
            MethodSettings(),
            Silent(),
            scratch=scratch,
            kept=kept,
        )


def write_compared(true: TrueCells, out: Path, threads: int) -> None:
    """Write what others count too, the largest first."""
    periods = {each.key: each for each in true.scope.periods}
    kinds = {key: each.kind.value for key, each in periods.items()}
    first_days = {key: _first_day(each) for key, each in periods.items()}
    frames = {name: true.cells[name] for name in COMPARED}
    frames |= {EVIDENCE: true.evidence, GROUP_EVIDENCE: true.group_evidence}

    def write(name: str) -> None:
        # There are few periods and millions of rows: each period is looked up once.
        place, names = pd.factorize(frames[name]["period"])
        rows = frames[name].drop(columns="period")
        rows = rows.assign(
            kind=pd.Index([kinds[each] for each in names]).take(place),
            first_day=pd.to_datetime([first_days[each] for each in names]).take(place),
        )
        rows.to_parquet(out / f"{name}.parquet", index=False)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(write, sorted(frames, key=lambda name: -len(frames[name]))))


def _first_day(period: Period) -> date:
    """Of a term and the year to date, what stands for it."""
    return STANDS_FOR.get(period.time_frame, period.first_day)


def main() -> None:
    """Count, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("store", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--as-of", type=datetime.fromisoformat, required=True)
    parser.add_argument("--week", required=True)
    parser.add_argument("--scratch", type=Path, required=True)
    parser.add_argument("--kept", type=Path)
    parser.add_argument("--memory", default=EngineSettings().memory_limit)
    parser.add_argument("--threads", type=int, default=EngineSettings().threads)
    asked = parser.parse_args()
    engine = EngineSettings(memory_limit=asked.memory, threads=asked.threads)
    true = counted(asked, CATALOGUE, engine, scratch=asked.scratch, kept=asked.kept)
    write_compared(true, asked.out, asked.threads)


if __name__ == "__main__":
    main()
