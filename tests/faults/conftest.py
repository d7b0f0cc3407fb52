"""A supplier that can be made to stumble."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.unit.feed.wonde.toy_town import OpenTown, Town, opened_town


@pytest.fixture
def open_town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenTown]:
    with ExitStack() as stack:

        def build(write: Callable[[Path], object]) -> Town:
            return stack.enter_context(opened_town(tmp_path, write, monkeypatch))

        yield build


@pytest.fixture
def town(open_town: OpenTown) -> Town:
    return open_town(lambda _source: None)
