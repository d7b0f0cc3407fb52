"""What is particular to Spark; `test_engine` and whatever counts run on it as on the other."""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from publisher.aggregate import spark_sessions
from publisher.aggregate.engine import Step, StepKind
from publisher.aggregate.opening import open_engine
from publisher.aggregate.settings import EngineSettings
from publisher.aggregate.spark import in_spark
from publisher.errors import CouldNotRun
from tests.conftest import ON_SPARK, SPARK

NUMBERS = Step("numbers", "Numbers", "SELECT n FROM stored ORDER BY n", StepKind.ANSWER)


def _file(path: Path, **columns: list[int]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)
    return path


def test_java_is_here(java: str) -> None:
    """Skipped where there is none; a failure where every engine is to be tested."""
    assert Path(java).exists()


@ON_SPARK
def test_the_store_may_lie_where_only_spark_reads_it(spark: EngineSettings, tmp_path: Path) -> None:
    here = _file(tmp_path / "store" / "batches" / "a[1]" / "marks.parquet", n=[1])
    _file(tmp_path / "bucket" / "batches" / "a[1]" / "marks.parquet", n=[2])
    elsewhere = spark.model_copy(update={"spark_store": f"file://{tmp_path}/bucket/"})
    with open_engine(elsewhere, tmp_path, tmp_path / "store") as engine:
        engine.read("stored", [here])
        assert engine.answer(NUMBERS)["n"].to_pylist() == [2]


@ON_SPARK
@pytest.mark.parametrize("store", [None, "another"])
def test_a_file_outside_the_store_is_not_looked_for_elsewhere(
    spark: EngineSettings, tmp_path: Path, store: str | None
) -> None:
    here = _file(tmp_path / "marks.parquet", n=[1])
    elsewhere = spark.model_copy(update={"spark_store": f"file://{tmp_path}"})
    with (
        open_engine(elsewhere, tmp_path, tmp_path / store if store else None) as engine,
        pytest.raises(CouldNotRun, match="outside the store"),
    ):
        engine.read("stored", [here])


@ON_SPARK
def test_a_column_that_only_some_files_have_is_no_column_of_nulls(
    spark: EngineSettings, tmp_path: Path
) -> None:
    files = [_file(tmp_path / "1.parquet", n=[1], m=[1]), _file(tmp_path / "2.parquet", n=[1])]
    for order in (files, files[::-1]):
        with (
            open_engine(spark, tmp_path) as engine,
            pytest.raises(CouldNotRun, match="'stored': its files have different columns"),
        ):
            engine.read("stored", order)


@ON_SPARK
def test_engines_of_one_spark_do_not_see_each_other(spark: EngineSettings, tmp_path: Path) -> None:
    with open_engine(spark, tmp_path) as one, open_engine(spark, tmp_path) as other:
        one.load("stored", pa.table({"n": [1]}))
        with pytest.raises(CouldNotRun, match="TABLE_OR_VIEW_NOT_FOUND"):
            other.answer(NUMBERS)
        assert one.answer(NUMBERS)["n"].to_pylist() == [1]


@ON_SPARK
def test_a_table_is_made_once(spark: EngineSettings, tmp_path: Path) -> None:
    """What was read may go afterwards; a view would read it again."""
    file = _file(tmp_path / "marks.parquet", n=[1])
    with open_engine(spark, tmp_path) as engine:
        engine.read("files", [file])
        engine.run(Step("stored", "Stored", "SELECT n FROM files"))
        file.unlink()
        assert engine.answer(NUMBERS)["n"].to_pylist() == [1]


@pytest.mark.parametrize("missing", ["pyspark", "pyspark.java_gateway", "pyspark.sql"])
def test_spark_that_is_not_installed_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, missing: str
) -> None:
    monkeypatch.setattr(spark_sessions, "_running", lambda: None)
    monkeypatch.setitem(sys.modules, missing, None)
    with (
        pytest.raises(CouldNotRun, match="PySpark is not installed") as caught,
        open_engine(SPARK, tmp_path),
    ):
        pass
    assert caught.value.exit_code == 3
    assert "pip install 'publisher[spark]'" in caught.value.advice
    assert list(tmp_path.iterdir()) == []


def test_a_machine_without_java_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(spark_sessions, "_running", lambda: None)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "nowhere"))
    with pytest.raises(CouldNotRun, match="no Java") as caught, open_engine(SPARK, tmp_path):
        pass
    assert "Java 17" in caught.value.advice


def test_a_server_that_does_not_answer_is_said(tmp_path: Path) -> None:
    nobody = SPARK.model_copy(update={"spark_master": "sc://127.0.0.1:1/;user_id=x"})
    with (
        pytest.raises(CouldNotRun, match="the start of Spark") as caught,
        open_engine(nobody, tmp_path),
    ):
        pass
    assert "spark_master" in caught.value.advice


@pytest.mark.parametrize(
    ("limit", "heap"), [("4GB", 2861), ("1GB", 715), ("1GiB", 768), ("2000MB", 1430)]
)
def test_three_quarters_of_the_memory_is_heap(limit: str, heap: int, tmp_path: Path) -> None:
    settings = EngineSettings(name="spark", memory_limit=limit)
    told = spark_sessions.of_a_process(settings, tmp_path)
    assert told["spark.driver.memory"] == f"{heap}m"


def test_spark_on_this_machine_listens_to_it_alone_and_writes_into_scratch(tmp_path: Path) -> None:
    told = spark_sessions.of_a_process(SPARK, tmp_path)
    assert told["spark.master"] == "local[2]"
    assert told["spark.driver.bindAddress"] == told["spark.driver.host"] == "127.0.0.1"
    assert told["spark.local.dir"] == str(tmp_path)
    assert told["spark.ui.enabled"] == told["spark.eventLog.enabled"] == "false"


def test_a_cluster_reaches_the_driver_by_its_own_settings(tmp_path: Path) -> None:
    cluster = SPARK.model_copy(update={"spark_master": "spark://host:7077"})
    told = spark_sessions.of_a_process(cluster, tmp_path)
    assert told["spark.master"] == "spark://host:7077"
    assert not told.keys() & {"spark.driver.bindAddress", "spark.driver.host", "spark.local.dir"}


def test_every_query_means_in_spark_what_it_says() -> None:
    assert in_spark("SELECT 7 // 2 AS n ORDER BY n") == "SELECT 7 DIV 2 AS n ORDER BY n NULLS LAST"
