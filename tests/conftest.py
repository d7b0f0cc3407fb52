"""Examples without a time limit, and both engines for whatever counts.

A test asks for `any_engine` and runs once on each. One Spark serves all tests of a process, and one
process has all tests on Spark. Without Java they are skipped and say so; where EVERY_ENGINE is set,
as in `.ci/run`, that is a failure.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from publisher.aggregate.settings import EngineSettings

# Slow machines are no faults: no example has to be done in time.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

DUCKDB = EngineSettings(memory_limit="500MB", threads=1)
SPARK = EngineSettings(name="spark", memory_limit="1GB", threads=2)
ON_SPARK = pytest.mark.xdist_group("spark")
TINY = """spark.sql.shuffle.partitions 2
spark.default.parallelism 2
spark.sql.adaptive.enabled false
"""
"""Spark's own settings for data of a few rows: small plans."""
ONCE = f"""{TINY}spark.sql.codegen.wholeStage false
spark.sql.codegen.factoryMode NO_CODEGEN
"""
"""Where few tests run: nothing is compiled."""
AGAIN_AND_AGAIN = f"""{TINY}spark.sql.codegen.cache.maxEntries 20000
"""
"""Where hundreds of feeds are counted: what the same queries compile to is kept."""


@pytest.fixture(scope="session")
def java() -> str:
    from publisher.aggregate.spark_sessions import java_program

    program = java_program()
    if program is None:
        words = "NOT TESTED ON SPARK: there is no Java on this machine (17 or later is needed)"
        pytest.fail(words) if os.environ.get("EVERY_ENGINE") else pytest.skip(words)
    return program


@pytest.fixture(scope="session")
def quick_spark(
    java: str, tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> dict[str, str]:
    """Environment in which Spark is quick with a few rows."""
    folder = tmp_path_factory.mktemp("spark-settings")
    in_full = pytestconfig.getoption("markexpr") != "not full"
    settings = AGAIN_AND_AGAIN if in_full else ONCE
    (folder / "spark-defaults.conf").write_text(settings, encoding="utf-8")
    compiling = {} if in_full else {"JDK_JAVA_OPTIONS": "-XX:TieredStopAtLevel=1"}
    return {"SPARK_CONF_DIR": str(folder), **compiling}


@pytest.fixture(scope="session")
def spark(
    quick_spark: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[EngineSettings]:
    """Settings of Spark, which is running: every engine with these settings joins it."""
    from publisher.aggregate.spark_sessions import open_session

    with pytest.MonkeyPatch.context() as patch:
        for name, value in quick_spark.items():
            patch.setenv(name, value)
        session = open_session(SPARK, tmp_path_factory.mktemp("spark"))
    yield SPARK
    session.end()


@pytest.fixture(scope="session", params=["duckdb", pytest.param("spark", marks=ON_SPARK)])
def any_engine(request: pytest.FixtureRequest) -> EngineSettings:
    """Settings of each engine."""
    return DUCKDB if request.param == "duckdb" else request.getfixturevalue("spark")


@pytest.fixture(
    scope="session",
    params=["duckdb", pytest.param("spark", marks=[ON_SPARK, pytest.mark.full])],
)
def any_engine_in_full(request: pytest.FixtureRequest) -> EngineSettings:
    """The same for tests that take long on Spark: there they belong to `make test-full`."""
    return DUCKDB if request.param == "duckdb" else request.getfixturevalue("spark")
