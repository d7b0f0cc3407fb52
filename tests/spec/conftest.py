"""Every worked case runs on each engine; on Spark it belongs to `make test-full`."""

from __future__ import annotations

import pytest

from publisher.aggregate.settings import EngineSettings
from tests.spec import given_expected


@pytest.fixture(autouse=True)
def each_engine(any_engine_in_full: EngineSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Count with this engine."""
    monkeypatch.setattr(given_expected, "ENGINE", any_engine_in_full)
