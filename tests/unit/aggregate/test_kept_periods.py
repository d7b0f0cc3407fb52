"""Periods that an earlier release counted too, though it called them otherwise."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow as pa

from publisher.aggregate.embedded import EmbeddedEngine
from publisher.aggregate.engine import StepKind
from publisher.aggregate.queries_support import changed_periods, kept_periods
from publisher.aggregate.settings import EngineSettings

THEN, NOW = "2026-W02", "2026-W03"
AUTUMN, SPRING, WEEK_BEFORE = date(2025, 12, 1), date(2026, 1, 5), "2026-W02-06"


def _days(rows: list[tuple[str, str, date]]) -> pa.Table:
    return pa.table(
        {
            "period": [row[0] for row in rows],
            "reach": ["authority"] * len(rows),
            "kind": [row[1] for row in rows],
            "date": pa.array([row[2] for row in rows], pa.date32()),
        }
    )


def _slices(days: pa.Table) -> pa.Table:
    return days.select(("period", "reach")).append_column("slice", days["date"])


def _longs(week: str) -> pa.Table:
    return pa.table(
        {
            "long": [0, 2],
            "period": [f"{week}-08", f"{week}-09"],
            "reach": ["authority", "authority"],
        }
    )


def _changed(folder: Path, then: pa.Table, now: pa.Table) -> set[str]:
    engine = EmbeddedEngine(EngineSettings(), folder)
    engine.load("known_long_periods", _longs(THEN))
    engine.load("long_periods", _longs(NOW))
    for name, days in (("known_", then), ("", now)):
        engine.load(f"{name}period_days", days)
        engine.load(f"{name}period_slices", _slices(days))
    engine.run(kept_periods())
    answer = engine.answer(replace(changed_periods(), kind=StepKind.ANSWER))
    engine.close()
    return set(answer["period"].to_pylist())


def _rows(week: str, spring: list[date]) -> list[tuple[str, str, date]]:
    return [
        (WEEK_BEFORE, "week", SPRING),
        (f"{week}-08", "term", AUTUMN),
        *((f"{week}-09", "term", day) for day in spring),
    ]


def test_only_a_term_with_new_days_has_changed(tmp_path: Path) -> None:
    then, now = _rows(THEN, [SPRING]), _rows(NOW, [SPRING, date(2026, 1, 12)])
    assert _changed(tmp_path, _days(then), _days(now)) == {f"{NOW}-09"}


def test_a_term_that_leaves_out_another_day_has_changed(tmp_path: Path) -> None:
    then = _rows(THEN, [SPRING])
    now = [row for row in _rows(NOW, [SPRING]) if row[2] != AUTUMN]
    assert _changed(tmp_path, _days(then), _days(now)) == {f"{NOW}-08"}


def test_a_new_week_has_changed(tmp_path: Path) -> None:
    then = _rows(THEN, [SPRING])
    now = [*_rows(NOW, [SPRING]), (f"{NOW}-06", "week", date(2026, 1, 12))]
    assert _changed(tmp_path, _days(then), _days(now)) == {f"{NOW}-06"}
