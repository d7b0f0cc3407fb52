from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow.parquet as pq
import pytest

from publisher.synthetic.design import FeedDesign
from publisher.synthetic.generate import generate_feed

WEEK = {"first_day": date(2025, 9, 8), "last_day": date(2025, 9, 12), "batches": 2}


def digests(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def week(tmp_path_factory):
    folder = tmp_path_factory.mktemp("week") / "feed"
    design = FeedDesign(out=folder, scale=0.001, **WEEK)
    generate_feed(design)
    return design


def test_the_same_design_gives_the_same_bytes(week, tmp_path):
    again = replace(week, out=tmp_path / "elsewhere")
    generate_feed(again)
    assert digests(again.out) == digests(week.out)


def test_another_seed_gives_another_feed(week, tmp_path):
    other = replace(week, out=tmp_path / "other", seed=2)
    generate_feed(other)
    first, second = digests(week.out), digests(other.out)
    assert first.keys() == second.keys()
    assert all(first[name] != second[name] for name in first if name != "census.parquet")


def test_an_earlier_feed_is_replaced_and_nothing_else_is_left(week, tmp_path):
    folder = tmp_path / "feed"
    generate_feed(replace(week, out=folder, seed=3))
    generate_feed(replace(week, out=folder))
    assert digests(folder) == digests(week.out)
    assert [path.name for path in tmp_path.iterdir()] == ["feed"]


@pytest.mark.parametrize(
    ("first", "last", "batches"),
    [
        (date(2025, 11, 3), date(2025, 11, 3), 1),  # one day
        (date(2025, 10, 27), date(2025, 11, 2), 2),  # half-term nearly everywhere, to a Sunday
        (date(2024, 12, 16), date(2025, 1, 10), 20),  # over Christmas, a batch each weekday
        (date(2026, 5, 11), date(2026, 6, 5), 4),  # study leave, before and after half-term
    ],
)
def test_other_spans_of_days(tmp_path, first, last, batches):
    design = FeedDesign(
        tmp_path / "feed", scale=1e-6, first_day=first, last_day=last, batches=batches
    )
    summary = generate_feed(design)
    dates = [
        pq.read_table(path, columns=["date"])["date"].to_numpy()
        for path in sorted(design.out.glob("batches/*/marks/*.parquet"))
    ]
    assert len(dates) == batches == summary.batches
    assert sum(map(len, dates)) == summary.marks > 0
    assert first <= np.concatenate(dates).min().astype(object)
    assert np.concatenate(dates).max().astype(object) <= last


class Stumbles:
    """Progress that fails at the first step, as a killed run would."""

    @contextmanager
    def stage(self, _name, _total):
        def advance(_steps):
            raise KeyboardInterrupt

        yield advance


def test_a_run_that_fails_leaves_the_earlier_feed_as_it_was(week, tmp_path):
    folder = tmp_path / "feed"
    generate_feed(replace(week, out=folder))
    with pytest.raises(KeyboardInterrupt):
        generate_feed(replace(week, out=folder, seed=9), Stumbles())
    assert digests(folder) == digests(week.out)
    assert [path.name for path in tmp_path.iterdir()] == ["feed"]


def test_a_run_that_fails_leaves_no_folder_where_there_was_none(week, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        generate_feed(replace(week, out=tmp_path / "feed"), Stumbles())
    assert list(tmp_path.iterdir()) == []


class Counting:
    """Progress that remembers."""

    def __init__(self):
        self.done, self.total = 0, None

    @contextmanager
    def stage(self, _name, total):
        self.total = total
        yield self._advance

    def _advance(self, steps):
        self.done += steps


def test_progress_reaches_its_end(week, tmp_path):
    progress = Counting()
    generate_feed(replace(week, out=tmp_path / "feed"), progress)
    assert progress.done == progress.total > 0
