"""Parts of the schools that are counted beside one another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Barrier, Event
from time import sleep

import pyarrow as pa
import pytest

from publisher.aggregate.engine import Engine, Step, StepKind
from publisher.aggregate.opening import open_engine
from publisher.aggregate.parameters import parts_of
from publisher.aggregate.running import Runner
from publisher.aggregate.settings import EngineSettings
from publisher.errors import CouldNotRun
from publisher.model.progress import Silent

WAIT = 20
LONG_AFTER = 0.5
ENDLESS = "SELECT SUM(a.range * b.range) AS n FROM range(100000000) AS a, range(100000000) AS b"
OWN = Step("own", "The part's number", "SELECT n FROM part")
DOUBLED = Step("doubled", "Doubled", "SELECT 2 * n AS n FROM own", StepKind.VIEW)
TWICE = Step("twice", "Gathered", "SELECT n FROM doubled", StepKind.GATHERED, (), ("n",))


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    settings = EngineSettings(memory_limit="200MB", threads=2)
    with open_engine(settings, tmp_path) as engine:
        yield engine


def numbers(engine: Engine, table: str) -> list[int]:
    step = Step("question", "?", f"SELECT n FROM {table} ORDER BY n", StepKind.ANSWER)
    return engine.answer(step).column("n").to_pylist()


def test_each_has_its_own_tables_and_what_is_gathered_is_in_common(engine: Engine):
    engine.load("factor", pa.table({"n": [1]}))
    runner, met, seen = Runner(engine, Silent()), Barrier(2, timeout=WAIT), []

    def count(one: Runner, _number: int, part: int) -> None:
        one.load({"part": pa.table({"n": [part]})})
        one.run([OWN, DOUBLED])
        met.wait()
        seen.append((part, numbers(one.engine, "doubled"), numbers(one.engine, "factor")))
        one.run([TWICE])

    runner.for_each([1, 2, 3, 4], count)
    assert sorted(seen) == [(n, [2 * n], [1]) for n in (1, 2, 3, 4)]
    assert numbers(engine, "twice") == [2, 4, 6, 8]
    with pytest.raises(CouldNotRun):
        numbers(engine, "own")
    runner.run([Step("part", "Another", "SELECT 5 AS n"), OWN, DOUBLED])
    runner.run([TWICE])
    assert numbers(engine, "twice") == [2, 4, 6, 8, 10]


def test_many_rows_join_in_files_that_are_known_as_one_and_go_when_forgotten(
    engine: Engine, tmp_path: Path
):
    runner = Runner(engine, Silent())
    filed = replace(TWICE, kind=StepKind.FILED)

    def count(one: Runner, _number: int, part: int) -> None:
        one.load({"part": pa.table({"n": [part]})})
        one.run([OWN, DOUBLED, filed])

    runner.for_each([1, 2, 3], count)
    files = engine.files("twice")
    assert len(files) == 3
    assert all(tmp_path in file.parents for file in files)
    assert numbers(engine, "twice") == [2, 4, 6]
    assert [engine.files(name) for name in ("doubled", "part")] == [(), ()]
    runner.run([Step("part", "Another", "SELECT 5 AS n"), OWN, DOUBLED, filed])
    assert numbers(engine, "twice") == [2, 4, 6, 10]
    engine.forget([filed])
    assert not [file for file in files if file.exists()]
    with pytest.raises(CouldNotRun):
        numbers(engine, "twice")
    runner.run([filed])
    assert numbers(engine, "twice") == [10]


def test_parts_forget_their_own_tables_and_nothing_of_the_others(engine: Engine):
    engine.load("part", pa.table({"n": [7]}))

    def count(one: Runner, _number: int, part: int) -> None:
        one.load({"part": pa.table({"n": [part]})})
        one.run_and_forget([OWN, DOUBLED, TWICE])
        with pytest.raises(CouldNotRun):
            numbers(one.engine, "doubled")

    Runner(engine, Silent()).for_each([1, 2, 3], count)
    assert numbers(engine, "twice") == [2, 4, 6]
    assert numbers(engine, "part") == [7]


def test_where_one_fails_the_others_are_interrupted(engine: Engine):
    begun, failed = Event(), []

    def count(one: Runner, number: int, _part: int) -> None:
        if number == 0:
            assert begun.wait(WAIT)
            one.run([Step("wrong", "Wrong", "SELECT n FROM nowhere")])
        begun.set()
        try:
            one.run([Step("long", "Takes for ever", ENDLESS)])
        except CouldNotRun:
            failed.append(number)
            raise

    with pytest.raises(CouldNotRun, match="'wrong'"):
        Runner(engine, Silent()).for_each([1, 2, 3], count)
    assert 1 in failed
    engine.run(Step("fine", "Still there", "SELECT 1 AS n"))
    assert numbers(engine, "fine") == [1]


def test_one_that_is_between_two_steps_is_interrupted_at_the_next(engine: Engine):
    """Once the interrupt was lost, and the next step ran to its end."""
    begun, failed = Event(), Event()

    def count(one: Runner, number: int, _part: int) -> None:
        if number == 0:
            assert begun.wait(WAIT)
            failed.set()
            one.run([Step("wrong", "Wrong", "SELECT n FROM nowhere")])
        begun.set()
        assert failed.wait(WAIT)
        sleep(LONG_AFTER)
        one.run([Step("long", "Takes for ever", ENDLESS)])

    with pytest.raises(CouldNotRun, match="'wrong'"):
        Runner(engine, Silent()).for_each([1, 2], count)


def test_threads_are_as_before_afterwards(engine: Engine):
    threads = Step("question", "?", "SELECT current_setting('threads') AS n", StepKind.ANSWER)
    with engine.side_by_side() as engines:
        assert len(engines) == 2
        assert [int(each.answer(threads)["n"][0].as_py()) for each in engines] == [1, 1]
    assert int(engine.answer(threads)["n"][0].as_py()) == 2


@pytest.mark.parametrize(
    ("at_a_time", "beside", "ranges"), [(None, 2, 1), (40, 2, 1), (39, 2, 4), (20, 1, 2), (0, 2, 8)]
)
def test_parts_fit_together_and_are_about_as_large_as_one_another(
    at_a_time: int | None, beside: int, ranges: int
):
    found = parts_of(range(101, 109), [5] * 8, at_a_time, beside)
    assert len(found) == ranges
    held = [[urn for urn in range(101, 109) if each.first <= urn <= each.last] for each in found]
    assert sorted(urn for each in held for urn in each) == list(range(101, 109))
    assert max(map(len, held)) == 8 // ranges
