"""A feed in many parts: the same bytes from any number of processes, whole or not at all."""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
from contextlib import contextmanager
from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow.parquet as pq
import pytest

from publisher.errors import CouldNotRun
from publisher.synthetic import blocks, generate, parts
from publisher.synthetic.blocks import blocks_of
from publisher.synthetic.design import FeedDesign
from publisher.synthetic.generate import generate_feed
from tests.unit.synthetic.test_generate import digests


@pytest.fixture
def design(tmp_path, monkeypatch):
    """A week of a feed that is cut into five parts of two blocks each, or so."""
    monkeypatch.setattr(blocks, "_PUPILS_TOGETHER", 2_500)
    monkeypatch.setattr(parts, "_BLOCKS_TOGETHER", 2)
    return FeedDesign(
        tmp_path / "feed",
        scale=0.001,
        first_day=date(2025, 9, 8),
        last_day=date(2025, 9, 12),
        batches=2,
    )


class Watching:
    """Progress that does something after the first step, and remembers the others."""

    def __init__(self, happening=lambda: None):
        self.happening, self.done, self.total = happening, 0, 0

    @contextmanager
    def stage(self, _name, total):
        self.total = total
        yield self._advance

    def _advance(self, steps):
        if not self.done:
            self.happening()
        self.done += steps


def test_two_processes_write_the_bytes_of_one(design, tmp_path):
    alone, together = Watching(), Watching()
    one = generate_feed(design, alone, processes=1)
    two = generate_feed(replace(design, out=tmp_path / "two"), together, processes=2)
    assert digests(design.out) == digests(tmp_path / "two")
    assert one == two
    assert alone.done == alone.total == together.done == together.total > 4


def test_parts_hold_every_school_once_and_share_no_pupil(design):
    summary = generate_feed(design, processes=1)
    batch = design.out / "batches" / "2025-09-12T1830"
    files = sorted(path.name for path in (batch / "marks").iterdir())
    assert files == [f"part-{number:04d}.parquet" for number in range(len(files))]
    assert len(files) > 2
    schools = [set(pq.read_table(batch / "marks" / name)["urn"].to_pylist()) for name in files]
    assert len(set().union(*schools)) == sum(map(len, schools))
    rows = sum(
        pq.read_metadata(path).num_rows for path in design.out.glob("batches/*/marks/*.parquet")
    )
    assert rows == summary.marks


def test_blocks_are_whole_schools_in_order_without_empty_ones():
    roll = np.array([0, 9_000, 0, 4_000, 12_000, 1, 40_000, 0])
    found = blocks_of(roll)
    assert [each.number for each in found] == list(range(len(found)))
    assert np.concatenate([each.schools for each in found]).tolist() == [1, 3, 4, 5, 6]


def test_a_process_that_is_killed_is_told_in_words_and_leaves_nothing(design, tmp_path):
    def kill():
        os.kill(multiprocessing.active_children()[0].pid, signal.SIGKILL)

    # with every block a part of its own there is work left when the first is done
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "_BLOCKS_TOGETHER", 1)
        with pytest.raises(CouldNotRun, match="ended from outside"):
            generate_feed(design, Watching(kill), processes=2)
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_is_stopped_ends_its_processes_and_leaves_nothing(design, tmp_path):
    def stop():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate_feed(design, Watching(stop), processes=2)
    assert multiprocessing.active_children() == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("processes", [1, 2])
def test_a_full_disk_is_told_in_words_and_leaves_nothing(design, tmp_path, monkeypatch, processes):
    # the registers are left out, so that it is a part that meets the end of the disk
    monkeypatch.setattr(generate, "write_table", lambda _table, _path: None)
    earlier = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, earlier[1]))
    try:
        with pytest.raises(CouldNotRun, match="cannot be written"):
            generate_feed(design, processes=processes)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, earlier)
    assert list(tmp_path.iterdir()) == []
