from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from publisher.aggregate.embedded import EmbeddedEngine
from publisher.aggregate.engine import Engine, Step, StepKind
from publisher.aggregate.opening import open_engine
from publisher.aggregate.settings import EngineSettings
from publisher.aggregate.written import read_answer
from publisher.errors import CouldNotRun

SETTINGS = EngineSettings(memory_limit="200MB", threads=1)
A_UPN = "Z123456789012"


@pytest.fixture
def engine(tmp_path: Path, any_engine: EngineSettings) -> Iterator[Engine]:
    with open_engine(any_engine, tmp_path) as engine:
        yield engine


def _answer(sql: str) -> Step:
    return Step("question", "A question", sql, StepKind.ANSWER)


def test_steps_build_on_files_and_on_each_other(engine: Engine, tmp_path: Path) -> None:
    for number in range(2):
        pq.write_table(pa.table({"n": [number, number + 10]}), tmp_path / f"{number}.parquet")
    engine.read("numbers", [tmp_path / "0.parquet", tmp_path / "1.parquet"])
    engine.run(Step("doubled", "Doubled", "SELECT 2 * n AS n FROM numbers", StepKind.VIEW))
    engine.run(Step("large", "Large ones", "SELECT n FROM doubled WHERE n > 1"))
    found = engine.answer(_answer("SELECT n FROM large ORDER BY n"))
    assert found.column("n").to_pylist() == [2, 20, 22]


def test_a_written_answer_outlives_its_engine(tmp_path: Path, any_engine: EngineSettings) -> None:
    numbers = pa.table({"n": pa.array([3, 1, None, 2**62], pa.int64()), "w": ["c", "a", "d", "b"]})
    several = _answer("SELECT n, w FROM numbers ORDER BY w DESC")
    summed = replace(_answer("SELECT SUM(n) AS n FROM numbers"), name="sum")
    with open_engine(any_engine, tmp_path) as engine:
        engine.load("numbers", numbers)
        answers = [engine.answer(each) for each in (several, summed)]
        files = [engine.write(each) for each in (several, summed)]
        engine.close()
        assert [read_answer(each).to_pylist() for each in files] == [
            each.to_pylist() for each in answers
        ]
        assert [read_answer(each).schema.types for each in files] == [
            [pa.int64(), pa.string()],
            [pa.int64()],
        ]
    with pytest.raises(CouldNotRun, match="'sum'"):
        read_answer(files[1])


def test_a_written_answer_without_rows_has_its_columns(engine: Engine) -> None:
    engine.load("numbers", pa.table({"n": [1]}))
    none = read_answer(engine.write(_answer("SELECT n FROM numbers WHERE n > 1")))
    assert none.column_names == ["n"]
    assert none.num_rows == 0


@pytest.mark.parametrize("name", ["a[1].parquet", "what?.parquet", "st*r.parquet", "it's.parquet"])
def test_file_names_are_no_patterns(engine: Engine, tmp_path: Path, name: str) -> None:
    pq.write_table(pa.table({"n": [7]}), tmp_path / name)
    pq.write_table(pa.table({"n": [8]}), tmp_path / "a1.parquet")
    pq.write_table(pa.table({"n": [8]}), tmp_path / "whats.parquet")
    pq.write_table(pa.table({"n": [8]}), tmp_path / "star.parquet")
    engine.read("numbers", [tmp_path / name])
    assert engine.answer(_answer("SELECT n FROM numbers")).column("n").to_pylist() == [7]


def test_a_loaded_table_replaces_the_one_before(engine: Engine) -> None:
    engine.load("days", pa.table({"n": [1]}))
    engine.load("days", pa.table({"n": [2, 3]}))
    assert engine.answer(_answer("SELECT SUM(n) AS n FROM days")).column("n").to_pylist() == [5]


def test_what_is_forgotten_is_gone_and_may_be_made_again(engine: Engine) -> None:
    engine.load("days", pa.table({"n": [1, 2]}))
    small = Step("small", "Small ones", "SELECT n FROM days WHERE n < 2")
    never_made = Step("never_made", "Never made", "SELECT n FROM days")
    engine.run(small)
    engine.forget([small, never_made])
    with pytest.raises(CouldNotRun):
        engine.answer(_answer("SELECT n FROM small"))
    engine.run(small)
    assert engine.answer(_answer("SELECT n FROM small")).column("n").to_pylist() == [1]


def test_rows_are_summed_after_a_join_and_not_before(tmp_path: Path) -> None:
    with open_engine(SETTINGS, tmp_path) as engine:
        setting = _answer("SELECT current_setting('disabled_optimizers') AS n")
        found = engine.answer(setting).column("n").to_pylist()
    assert found == ["partial_aggregate_pushdown"]


def test_what_a_file_holds_is_what_is_answered(engine: Engine, tmp_path: Path) -> None:
    moment, day = datetime(2025, 3, 30, 1, 30), date(2025, 3, 30)  # no such hour in London
    stored = pa.table(
        {
            "small": pa.array([0, 255, None], pa.uint8()),
            "short": pa.array([-2, 100, None], pa.int8()),
            "long": pa.array([-(2**63), 2**63 - 1, None], pa.int64()),
            "text": pa.array(["", " é 'q' ", None]),
            "flag": pa.array([True, False, None]),
            "day": pa.array([day, date(1900, 1, 1), None]),
            "moment": pa.array([moment, datetime(2025, 10, 26, 1, 30, 0, 1), None]),
        }
    )
    pq.write_table(stored, tmp_path / "rows.parquet")
    engine.read("read", [tmp_path / "rows.parquet"])
    engine.load("loaded", stored)
    for table in ("read", "loaded"):
        found = engine.answer(_answer(f"SELECT * FROM {table} ORDER BY long"))
        assert found.to_pylist() == stored.to_pylist()
        assert [str(each.type) for each in found.schema] == [
            *("int64",) * 3,
            *("string", "bool", "date32[day]", "timestamp[us]"),
        ]


def test_rows_received_later_are_left_out(engine: Engine, tmp_path: Path) -> None:
    moments = [datetime(2025, 3, 30, 1, 30), datetime(2025, 3, 30, 2, 30), datetime(2025, 4, 1)]
    stored = pa.table({"received": pa.array(moments, pa.timestamp("us")), "n": [1, 2, 3]})
    pq.write_table(stored, tmp_path / "rows.parquet")
    engine.read("rows_known", [tmp_path / "rows.parquet"], moments[1:])
    assert engine.answer(_answer("SELECT n FROM rows_known"))["n"].to_pylist() == [1]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT 7 // 2 AS n", 3),
        ("SELECT (2 * 3 + 2) // (2 * 2) AS n", 2),
        ("SELECT SUM(n) AS n FROM (SELECT 1 AS n UNION ALL SELECT 2147483647) AS t", 2**31),
        ("SELECT COUNT(*) AS n FROM (SELECT 1 AS k WHERE 1 > 2) AS t", 0),
        ("SELECT GREATEST(NULL, 3, 2) AS n", 3),
        ("SELECT LEAST(NULL, 3, 2) AS n", 2),
        ("SELECT MAX(CASE WHEN 1 > 2 THEN 1 END) AS n", None),
        ("SELECT CAST(255 AS UTINYINT) AS n", 255),
        ("SELECT CASE WHEN '' IS NULL THEN 1 ELSE 0 END AS n", 0),
    ],
)
def test_arithmetic_is_that_of_whole_numbers(
    engine: Engine, sql: str, expected: int | None
) -> None:
    found = engine.answer(_answer(sql))
    assert found["n"].to_pylist() == [expected]
    assert found["n"].type == pa.int64()


@pytest.mark.parametrize("direction", ["", " DESC"])
def test_nulls_come_last_and_text_is_in_the_order_of_its_letters(
    engine: Engine, direction: str
) -> None:
    engine.load("words", pa.table({"w": pa.array(["b", None, "a", "B", "", "é", "z"])}))
    found = engine.answer(_answer(f"SELECT w FROM words ORDER BY w{direction}"))["w"].to_pylist()
    expected = ["", "B", "a", "b", "z", "é"]
    assert found == [*(expected[::-1] if direction else expected), None]


def test_of_several_rows_the_latest_counts_and_equals_share_a_rank(engine: Engine) -> None:
    engine.load("rows_of", pa.table({"k": [1, 1, 2, 2, 3], "v": [5, 7, None, 1, None]}))
    latest = """SELECT k, v, ROW_NUMBER() OVER same AS versions FROM rows_of
WINDOW same AS (PARTITION BY k ORDER BY v) QUALIFY LEAD(1) OVER same IS NULL ORDER BY k"""
    assert engine.answer(_answer(latest)).to_pylist() == [
        {"k": 1, "v": 7, "versions": 2},
        {"k": 2, "v": None, "versions": 2},
        {"k": 3, "v": None, "versions": 1},
    ]
    ranked = "SELECT DENSE_RANK() OVER (ORDER BY v) AS r FROM rows_of ORDER BY r, k"
    assert engine.answer(_answer(ranked))["r"].to_pylist() == [1, 2, 3, 4, 4]


def test_a_sum_that_does_not_fit_is_an_error(engine: Engine) -> None:
    engine.load("big", pa.table({"n": pa.array([2**63 - 1, 1], pa.int64())}))
    with pytest.raises(CouldNotRun, match="'question'"):
        engine.answer(_answer("SELECT CAST(SUM(n) AS BIGINT) AS n FROM big"))


def test_variables_of_the_program_are_no_tables(engine: Engine) -> None:
    secret = pa.table({"n": [1]})
    assert secret.num_rows == 1
    with pytest.raises(CouldNotRun):
        engine.answer(_answer("SELECT * FROM secret"))


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT CAST('{A_UPN}' AS INTEGER)",
        f"SELECT * FROM pupils WHERE upn = '{A_UPN}'",
        f"SELECT error('{A_UPN}')",
        f"SELEC '{A_UPN}'",
    ],
)
@pytest.mark.parametrize("how", ["run", "answer"])
def test_errors_name_the_query_and_carry_no_data(engine: Engine, sql: str, how: str) -> None:
    with pytest.raises(CouldNotRun) as caught:
        getattr(engine, how)(Step("who_is_it", "A question", sql))
    assert "'who_is_it'" in str(caught.value)
    assert caught.value.advice
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert A_UPN not in str(caught.value)


def test_a_file_that_is_missing_or_torn_is_named_by_its_table(
    engine: Engine, tmp_path: Path
) -> None:
    torn = tmp_path / "torn.parquet"
    torn.write_bytes(b"PAR1 and nothing else")
    for path in (torn, tmp_path / "missing.parquet"):
        with pytest.raises(CouldNotRun, match="table 'marks'"):
            engine.read("marks", [path])


def test_too_little_memory_says_what_to_change(tmp_path: Path) -> None:
    settings = EngineSettings(memory_limit="1MB", threads=1)
    with open_engine(settings, tmp_path) as engine, pytest.raises(CouldNotRun) as caught:
        engine.run(Step("big", "Too big", "SELECT LIST(n) AS n FROM range(30000000) AS t(n)"))
    assert "memory_limit" in caught.value.advice


def test_working_files_go_into_scratch_and_are_removed(tmp_path: Path) -> None:
    spilling = "SELECT n, hash(n) AS h, hash(n + 1) AS g FROM range(3000000) AS t(n) ORDER BY h, g"
    seen: list[Path] = []
    with open_engine(EngineSettings(memory_limit="50MB", threads=1), tmp_path) as engine:
        engine.run(Step("sorted", "Sorted", spilling))
        seen = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert seen
    assert list(tmp_path.iterdir()) == []


def test_working_files_are_removed_after_an_error(
    tmp_path: Path, any_engine: EngineSettings
) -> None:
    with pytest.raises(CouldNotRun), open_engine(any_engine, tmp_path) as engine:
        engine.run(Step("wrong", "Wrong", "SELECT * FROM nowhere"))
    assert list(tmp_path.iterdir()) == []


def test_a_scratch_folder_that_is_not_there_is_explained(
    tmp_path: Path, any_engine: EngineSettings
) -> None:
    with (
        pytest.raises(CouldNotRun, match="working files"),
        open_engine(any_engine, tmp_path / "nowhere"),
    ):
        pass


def test_the_engine_has_the_settings_it_was_given(tmp_path: Path) -> None:
    engine = EmbeddedEngine(EngineSettings(memory_limit="300MB", threads=1), tmp_path)
    wanted = "SELECT current_setting('threads') AS t, current_setting('temp_directory') AS d"
    found = engine.answer(_answer(wanted)).to_pylist()[0]
    engine.close()
    assert (int(found["t"]), found["d"]) == (1, str(tmp_path))


def test_a_closed_engine_is_an_explained_error(tmp_path: Path) -> None:
    with open_engine(SETTINGS, tmp_path) as engine:
        pass
    with pytest.raises(CouldNotRun):
        engine.answer(_answer("SELECT 1 AS n"))
    assert issubclass(duckdb.ConnectionException, duckdb.Error)


def test_a_step_reads_as_people_would_write_it() -> None:
    step = Step("days", "School days", "SELECT 1 AS n")
    assert step.text == "-- days: School days\nCREATE TABLE days AS\nSELECT 1 AS n;\n"
    assert _answer("SELECT 1 AS n").text == "-- question: A question\nSELECT 1 AS n;\n"


def _block_memory(engine: EmbeddedEngine) -> str:
    sql = "SELECT value FROM duckdb_settings() WHERE name = 'block_allocator_memory'"
    value: str = engine.answer(_answer(sql)).column("value")[0].as_py()
    return value


def test_memory_that_was_used_is_used_again(tmp_path: Path) -> None:
    engine = EmbeddedEngine(EngineSettings(memory_limit="512MiB"), tmp_path)
    assert _block_memory(engine) == "512.0 MiB"
    engine.close()


def test_a_limit_beyond_the_memory_of_the_machine_stops_nothing(tmp_path: Path) -> None:
    engine = EmbeddedEngine(EngineSettings(memory_limit="900TB"), tmp_path)
    assert _block_memory(engine) == "0 bytes"
    assert engine.answer(_answer("SELECT 7 AS n")).column("n").to_pylist() == [7]
    engine.close()
