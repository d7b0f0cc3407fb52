"""What `publisher doctor` says of Spark: missed only where it is the engine."""

from __future__ import annotations

import importlib.metadata

import pytest

from publisher.aggregate import spark_sessions
from publisher.cli import doctor
from publisher.config import Config


@pytest.mark.parametrize(
    ("engine", "blocking"),
    [
        ({"name": "duckdb"}, []),
        ({"name": "spark"}, ["pyspark", "java"]),
        ({"name": "spark", "spark_master": "sc://host:15002"}, ["pyspark"]),
    ],
)
def test_what_spark_needs_is_missed_where_it_counts(
    monkeypatch: pytest.MonkeyPatch, engine: dict[str, str], blocking: list[str]
) -> None:
    def no_version(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", no_version)
    monkeypatch.setattr(spark_sessions, "java_program", lambda: None)
    found = list(doctor._spark(Config.model_validate({"engine": engine})))
    assert [each.about for each in found] == ["pyspark", "java"]
    assert [each.about for each in found if each.blocks] == blocking
    assert all("engine.name spark needs" in each.words for each in found)
