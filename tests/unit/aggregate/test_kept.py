from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from publisher.aggregate.embedded import EmbeddedEngine
from publisher.aggregate.engine import Step, StepKind
from publisher.aggregate.kept import MANIFEST, Earlier, Keeping
from publisher.aggregate.opening import open_engine
from publisher.aggregate.settings import EngineSettings
from publisher.errors import CouldNotRun
from publisher.model.accounting import BatchArrivals
from publisher.model.tables import Snapshot
from publisher.model.time import IsoWeek

WEEK = IsoWeek(2025, 45)
BATCHES = (datetime(2025, 9, 19, 18, 30), datetime(2025, 10, 3, 18, 30))
TABLE = pa.table({"urn": [1, 2]})


def _snapshot(batches: int = 1, digest: str = "one", *erasures: str) -> Snapshot:
    nowhere = Path("nowhere")
    known = BATCHES[:batches]
    return Snapshot(
        as_of=known[-1],
        marks=(),
        school_days=(),
        weeks=(),
        pupils=(),
        schools=nowhere,
        approvals=nowhere,
        census=nowhere,
        inputs=(
            *((f"batch {each.isoformat()}", digest) for each in known),
            ("registers", f"known with {batches}"),
            *((f"erasure {each}", "one") for each in erasures),
        ),
        stored=tuple((f"{each.isoformat()}/weeks.parquet", digest) for each in known),
        arrivals=tuple(BatchArrivals(each.isoformat(), each, {}, {}) for each in known),
    )


def _keeping(
    folder: Path, snapshot: Snapshot, queries: str = "SELECT", week: IsoWeek = WEEK
) -> Keeping:
    return Keeping(folder, queries, snapshot, week)


def _keep(keeping: Keeping) -> None:
    with keeping.unfinished() as unfinished:
        assert unfinished is not None
        unfinished.write("days", TABLE)


def _earlier(keeping: Keeping) -> Earlier:
    earlier = keeping.earlier()
    assert earlier is not None
    return earlier


def test_a_later_run_finds_what_was_kept(tmp_path: Path) -> None:
    _keep(_keeping(tmp_path / "sums", _snapshot()))
    earlier = _earlier(_keeping(tmp_path / "sums", _snapshot(2), week=WEEK.following()))
    assert earlier.manifest.received == BATCHES[:1]
    assert earlier.tables({"days": TABLE})["days"] == TABLE
    assert (tmp_path / "sums").stat().st_mode & 0o077 == 0


def test_nothing_is_found_where_nothing_was_kept(tmp_path: Path) -> None:
    assert _keeping(tmp_path / "sums", _snapshot()).earlier() is None


@pytest.mark.parametrize(
    "later",
    [
        {"snapshot": _snapshot(2), "queries": "SELECT otherwise"},
        {"snapshot": _snapshot(2), "week": IsoWeek(2025, 44)},
        {"snapshot": _snapshot(2, "another")},
        {"snapshot": _snapshot(2, "one", "000001")},
        {"snapshot": replace(_snapshot(2), stored=_snapshot(2, "another").stored)},
        {"snapshot": replace(_snapshot(2), inputs=_snapshot(2).inputs[1:])},
    ],
    ids=[
        "other queries",
        "an earlier week",
        "a changed batch",
        "an erasure",
        "a file",
        "a batch less",
    ],
)
def test_what_was_made_from_something_else_is_not_used(
    tmp_path: Path, later: dict[str, object]
) -> None:
    _keep(_keeping(tmp_path, _snapshot()))
    assert _keeping(tmp_path, **later).earlier() is None  # type: ignore[arg-type]


@pytest.mark.parametrize("name", [MANIFEST, "days.0000.0000.parquet"])
def test_what_was_altered_or_is_gone_is_not_used(tmp_path: Path, name: str) -> None:
    _keep(_keeping(tmp_path, _snapshot()))
    (path,) = tmp_path.glob(f"*/{name}")
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert _keeping(tmp_path, _snapshot()).earlier() is None
    path.unlink()
    assert _keeping(tmp_path, _snapshot()).earlier() is None


def test_the_run_with_most_batches_is_gone_on_from(tmp_path: Path) -> None:
    _keep(_keeping(tmp_path, _snapshot(2)))
    _keep(_keeping(tmp_path, _snapshot(1)))
    assert len(_earlier(_keeping(tmp_path, _snapshot(2))).manifest.received) == 2


def test_the_run_that_is_gone_on_from_is_not_removed(tmp_path: Path) -> None:
    _keep(_keeping(tmp_path, _snapshot(2)))
    _keep(_keeping(tmp_path, _snapshot(1), week=WEEK.following()))
    earlier = _earlier(_keeping(tmp_path, _snapshot(2), week=WEEK.following()))
    assert earlier.manifest.received == BATCHES
    _keep(_keeping(tmp_path, _snapshot(1), week=WEEK.following().following()))
    assert len(list(tmp_path.iterdir())) == 2
    assert earlier.files("days")[0].exists()


def test_files_are_passed_on_with_their_digest(tmp_path: Path) -> None:
    _keep(_keeping(tmp_path, _snapshot()))
    later = _keeping(tmp_path, _snapshot(2))
    earlier = _earlier(later)
    with later.unfinished() as unfinished:
        assert unfinished is not None
        assert unfinished.pass_on(earlier, "days") == 1
        unfinished.path("days", 1).write_bytes(b"what changed")
    passed_on = _earlier(_keeping(tmp_path, _snapshot(2)))
    assert [each.name for each in passed_on.files("days")] == [
        "days.0000.0000.parquet",
        "days.0001.0000.parquet",
    ]
    assert passed_on.tables({"days": TABLE})["days"] == TABLE


def test_rows_that_lie_in_files_already_are_kept_as_one_part(tmp_path: Path) -> None:
    many = Step("many", "Many rows", "SELECT 7 AS n", StepKind.FILED)
    kept, scratch = tmp_path / "kept", tmp_path / "scratch"
    scratch.mkdir()
    with open_engine(EngineSettings(threads=1), scratch) as engine:
        engine.run(many)
        engine.run(many)
        with _keeping(kept, _snapshot()).unfinished() as unfinished:
            assert unfinished is not None
            unfinished.keep(engine, "days", table="many")
    earlier = _earlier(_keeping(kept, _snapshot()))
    assert [each.name for each in earlier.files("days")] == [
        "days.0000.0000.parquet",
        "days.0000.0001.parquet",
    ]
    assert earlier.parts("days") == 1
    assert [pq.read_table(each)["n"].to_pylist() for each in earlier.files("days")] == [[7], [7]]


def test_files_that_are_gone_are_not_passed_on(tmp_path: Path) -> None:
    _keep(_keeping(tmp_path, _snapshot()))
    later = _keeping(tmp_path, _snapshot(2))
    earlier = _earlier(later)
    with later.unfinished() as unfinished:
        assert unfinished is not None
        earlier.files("days")[0].unlink()
        unfinished.pass_on(earlier, "days")
    assert _keeping(tmp_path, _snapshot(2)).earlier() is None


def test_two_runs_are_kept(tmp_path: Path) -> None:
    for weeks in range(4):
        week = IsoWeek(2025, 40 + weeks)
        _keep(_keeping(tmp_path, _snapshot(), week=week))
    kept = {_earlier(_keeping(tmp_path, _snapshot(), week=WEEK)).manifest.week}
    assert len(list(tmp_path.iterdir())) == 2
    assert kept == {"2025-W43"}


def test_a_run_that_ends_badly_keeps_nothing(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), _keeping(tmp_path, _snapshot()).unfinished():
        raise ZeroDivisionError
    assert not list(tmp_path.iterdir())


def test_what_a_killed_run_left_is_removed(tmp_path: Path) -> None:
    (tmp_path / ".counting-killed").mkdir()
    _keep(_keeping(tmp_path, _snapshot()))
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_where_nothing_can_be_written_nothing_is_kept_and_nothing_stops(tmp_path: Path) -> None:
    (tmp_path / "sums").write_text("a file", encoding="utf-8")
    with _keeping(tmp_path / "sums", _snapshot()).unfinished() as unfinished:
        assert unfinished is None
    assert _keeping(tmp_path / "sums", _snapshot()).earlier() is None


def test_what_cannot_be_written_whole_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_given: object) -> None:
        raise CouldNotRun("The disk is full", "Free some of it.")

    monkeypatch.setattr(EmbeddedEngine, "keep", full)
    engine = EmbeddedEngine(EngineSettings(), tmp_path)
    with _keeping(tmp_path / "sums", _snapshot()).unfinished() as unfinished:
        assert unfinished is not None
        unfinished.write("days", TABLE)
        unfinished.keep(engine, "days")
        unfinished.write("others", TABLE)
    engine.close()
    assert not list((tmp_path / "sums").iterdir())
