"""Remembers every number ever released, also of withdrawn releases (policy, point 6).

One folder per release and moment, `<release>@<as_of>`: a Parquet file per data set (wide files
repeat them), `rows.parquet` (which rows were shown and which withheld) and `entry.json` (what it
is, and a hash of each file).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from publisher.errors import PublisherError, StoreProblem
from publisher.model.breakdowns import BREAKDOWN, TOTAL
from publisher.model.definitions import Level
from publisher.model.geography import COUNTRY_CODE
from publisher.model.stages import ProtectedCells, ProtectedTable, ReleaseScope
from publisher.model.time import IsoWeek

VERSION = 2
_READ = (1, VERSION)
"""Version 1 knows no groups of pupils: its rows are those of all pupils."""
_PARTIAL, _REPLACED = ".partial", ".replaced"
_IDENTITY = ("location", "education_phase", "time_frame", "first_day", "last_day", BREAKDOWN)
"""What makes a row the same row in two releases: where, which phase, which days, which pupils."""
OWN_SAKE = "own_sake"
"""Whether a withheld row must stay uncertain itself, and not only what it protects."""
_FLAGS = ("withheld", "shown", OWN_SAKE)
_HASH_CHUNK = 1 << 20

Flags = NDArray[np.bool_]
Moment = tuple[datetime, IsoWeek]
"""As of when, and the latest week."""


@dataclass(frozen=True, repr=False)
class Ledger:
    """What earlier releases did with each row. `rows` has `_IDENTITY`, `withheld` and `shown`."""

    rows: pd.DataFrame
    entries: tuple[str, ...] = ()

    words: ClassVar[str] = (
        "A row that an earlier release withheld for the same area, phase and days stays withheld."
    )

    def __repr__(self) -> str:
        return f"Ledger({len(self.entries)} entries, {len(self.rows)} rows)"

    @classmethod
    def empty(cls) -> Ledger:
        """Nothing has been released yet."""
        columns = {name: pd.Series(dtype="str") for name in _IDENTITY}
        flags = {name: pd.Series(dtype=bool) for name in _FLAGS}
        return cls(pd.DataFrame({**columns, **flags}))

    @classmethod
    def read(cls, history: Path, before: tuple[datetime, IsoWeek]) -> Ledger:
        """Read the entries of releases strictly earlier than `before` (as of, week).

        A folder that does not exist is an empty ledger.

        Raises:
            StoreProblem: an entry is damaged, or of a version that this program does not know.
        """
        found = [each for folder in _folders(history) if (each := _read_entry(folder, before))]
        if not found:
            return cls.empty()
        rows = pd.concat([rows for _name, rows in found], ignore_index=True)
        merged = rows.groupby(list(_IDENTITY), sort=True)[list(_FLAGS)].any()
        return cls(merged.reset_index(), tuple(name for name, _rows in found))

    def withheld_before(self, scope: ReleaseScope, rows: pd.DataFrame) -> Flags:
        """Which of `rows` (`ROW_KEY` columns, or these and `BREAKDOWN`) one withheld earlier."""
        return self._flag("withheld", scope, rows)

    def withheld_for_own_sake_before(self, scope: ReleaseScope, rows: pd.DataFrame) -> Flags:
        """Which of `rows` an earlier release withheld, and not only to protect another."""
        return self._flag(OWN_SAKE, scope, rows)

    def shown_before(self, scope: ReleaseScope, rows: pd.DataFrame) -> Flags:
        """Which of `rows` (`ROW_KEY` columns) an earlier release showed."""
        return self._flag("shown", scope, rows)

    def _flag(self, flag: str, scope: ReleaseScope, rows: pd.DataFrame) -> Flags:
        if self.rows.empty:
            return np.zeros(len(rows), dtype=bool)
        known = self.rows.loc[self.rows[flag], list(_IDENTITY)]
        wanted = pd.MultiIndex.from_frame(_identified(scope, rows))
        return np.asarray(wanted.isin(pd.MultiIndex.from_frame(known)), dtype=bool)


def last_release(history: Path, before: tuple[datetime, IsoWeek]) -> Moment | None:
    """As of when, and of which week, the last release strictly earlier than `before` was.

    Raises:
        StoreProblem: an entry is damaged.
    """
    moments = [_moment(folder)[0] for folder in _folders(history)]
    return max((each for each in moments if each < before), default=None)


def write_entry(history: Path, protected: ProtectedCells) -> Path:
    """Write what `protected` shows and withholds; an entry of the same name is replaced.

    The entry appears complete or not at all. Returns its folder.
    """
    target = history / entry_name(protected.scope)
    partial, replaced = (history / f".{target.name}{end}" for end in (_PARTIAL, _REPLACED))
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    _write_files(partial, protected)
    if target.exists():
        shutil.rmtree(replaced, ignore_errors=True)
        target.rename(replaced)
    partial.rename(target)
    _settle(history)
    shutil.rmtree(replaced, ignore_errors=True)
    return target


def entry_name(scope: ReleaseScope) -> str:
    """The entry's folder: the release and the moment it is as of."""
    return f"{scope.week.slug}@{scope.as_of.isoformat().replace(':', '')}"


def _write_files(folder: Path, protected: ProtectedCells) -> None:
    for table in protected.counted:
        _write_parquet(folder / f"{table.data_set.name}.parquet", table.rows)
    _write_parquet(folder / "rows.parquet", _rows_of(protected))
    scope = protected.scope
    entry = {
        "version": VERSION,
        "release": scope.week.slug,
        "week": str(scope.week),
        "as_of": scope.as_of.isoformat(),
        "academic_year": scope.academic_year,
        "files": {each.name: _sha256(each) for each in sorted(folder.glob("*.parquet"))},
    }
    path = folder / "entry.json"
    path.write_text(json.dumps(entry, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    for each in (*folder.iterdir(), folder):
        _settle(each)


def _write_parquet(path: Path, frame: pd.DataFrame) -> None:
    table = pa.Table.from_pandas(frame, preserve_index=False)
    pq.write_table(table.replace_schema_metadata(), path, compression="zstd")


def _rows_of(protected: ProtectedCells) -> pd.DataFrame:
    """Every row of all pupils and whether it was withheld; every withheld group of pupils."""
    keys = [_row_keys(protected.scope, table) for table in protected.counted if _about(table)]
    scope, groups = protected.scope, protected.withheld_groups
    none = pd.DataFrame({name: pd.Series(dtype="str") for name in protected.withheld.columns})
    every = pd.concat([none, *keys], ignore_index=True).drop_duplicates(ignore_index=True)
    withheld = pd.MultiIndex.from_frame(every).isin(pd.MultiIndex.from_frame(protected.withheld))
    rows = _identified(scope, every)
    rows["withheld"], rows["shown"], rows[OWN_SAKE] = withheld, ~withheld, withheld
    if len(groups):
        # Of groups of pupils only those that were withheld matter to later releases.
        own_sake = groups[OWN_SAKE].to_numpy(dtype=bool)
        hidden = _identified(scope, groups).assign(withheld=True, shown=False)
        hidden[OWN_SAKE] = own_sake
        rows = pd.concat([rows, hidden], ignore_index=True)
    return rows.sort_values(list(_IDENTITY), ignore_index=True)


def _about(table: ProtectedTable) -> bool:
    return any(measure.unit.about_pupils for measure in table.data_set.measures)


def _row_keys(scope: ReleaseScope, table: ProtectedTable) -> pd.DataFrame:
    """The `ROW_KEY` columns of a table, one line per row: the items of all pupils come first."""
    rows = table.rows.iloc[:: len(table.data_set.items)]
    if table.data_set.breakdowns:
        first = table.data_set.items[0].filters
        rows = table.rows
        for column, word in first.items():
            rows = rows[rows[column] == word]
    level = rows["geographic_level"].astype(str)
    local, region = rows["new_la_code"].astype(str), rows["region_code"].astype(str)
    place = local.where(level == Level.LOCAL_AUTHORITY.value, region)
    periods = {(p.time_period, p.time_identifier, p.time_frame): p.key for p in scope.periods}
    named = zip(rows["time_period"], rows["time_identifier"], rows["time_frame"], strict=True)
    return pd.DataFrame(
        {
            "location": place.where(level != Level.NATIONAL.value, COUNTRY_CODE).to_numpy(),
            "education_phase": rows["education_phase"].astype(str).to_numpy(),
            "period": [periods[each] for each in named],
        },
        dtype="str",
    )


def _identified(scope: ReleaseScope, rows: pd.DataFrame) -> pd.DataFrame:
    periods = {each.key: each for each in scope.periods}
    days = {
        key: (each.time_frame, each.first_day.isoformat(), each.last_day.isoformat())
        for key, each in periods.items()
    }
    found = [days[key] for key in rows["period"]]
    named = pd.DataFrame(found, columns=["time_frame", "first_day", "last_day"], dtype="str")
    named.insert(0, "location", rows["location"].astype("str").to_numpy())
    named.insert(1, "education_phase", rows["education_phase"].astype("str").to_numpy())
    named[BREAKDOWN] = rows[BREAKDOWN].astype("str").to_numpy() if BREAKDOWN in rows else TOTAL
    return named


def _folders(history: Path) -> Iterator[Path]:
    """Entries, and those that a killed run had moved aside before their successor stood."""
    if not history.exists():
        return
    for each in sorted(history.iterdir()):
        if each.name.startswith("."):
            name = each.name.removeprefix(".").removesuffix(_REPLACED)
            if each.name.endswith(_REPLACED) and not (history / name).exists():
                yield each
        else:
            yield each


def _read_entry(folder: Path, before: tuple[datetime, IsoWeek]) -> tuple[str, pd.DataFrame] | None:
    moment, entry = _moment(folder)
    try:
        files, version = dict(entry["files"]), entry["version"]
        earlier = moment < before
    except (ValueError, KeyError, TypeError):
        raise _damaged(folder, "its entry.json cannot be read") from None
    if version not in _READ:
        raise _damaged(folder, f"it has version {version}, this program knows {VERSION}")
    if not earlier:
        return None
    if "rows.parquet" not in files:
        raise _damaged(folder, "it does not name rows.parquet")
    for name, expected in files.items():
        _require_hash(folder, name, expected)
    return str(entry["release"]), _read_rows(folder)


def _moment(folder: Path) -> tuple[Moment, dict[str, Any]]:
    try:
        entry: dict[str, Any] = json.loads((folder / "entry.json").read_text(encoding="utf-8"))
        return (datetime.fromisoformat(entry["as_of"]), IsoWeek.parse(entry["week"])), entry
    except (OSError, ValueError, KeyError, TypeError, PublisherError):
        raise _damaged(folder, "its entry.json cannot be read") from None


def _require_hash(folder: Path, name: str, expected: str) -> None:
    path = folder / name
    if not path.is_file() or _sha256(path) != expected:
        raise _damaged(folder, f"{name} is missing or has changed since it was written")


def _read_rows(folder: Path) -> pd.DataFrame:
    try:
        rows: pd.DataFrame = pq.read_table(folder / "rows.parquet").to_pandas()
        if BREAKDOWN not in rows:
            rows[BREAKDOWN], rows[OWN_SAKE] = TOTAL, rows["withheld"]
        rows = rows[[*_IDENTITY, *_FLAGS]]
    except (pa.ArrowException, OSError, KeyError):
        raise _damaged(folder, "rows.parquet cannot be read") from None
    return rows


def _damaged(folder: Path, why: str) -> StoreProblem:
    return StoreProblem(
        f"the entry {folder.name} of the release history cannot be trusted: {why}",
        "Restore it from a backup. Without it, a release could undo what an earlier one withheld.",
    )


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_HASH_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _settle(path: Path) -> None:
    """Make sure that what was written is on the disk before anything relies on it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
