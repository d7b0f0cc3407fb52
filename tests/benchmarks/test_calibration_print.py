"""What is printed beside the published figures, and what it takes to fail."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import calibration
import counting
import pytest
from calibration import Compared

from tests.golden.country import country
from tests.properties.snapshot_of import snapshot_of


@pytest.mark.parametrize(
    ("counted", "passed"), [(5.3, True), (5.29, True), (4.69, False), (5.31, False)]
)
def test_a_figure_passes_within_its_target(counted: float, passed: bool) -> None:
    assert Compared("absence", "Primary", counted, 5.0, 0.3001).passed is passed


def test_a_figure_that_is_not_there_does_not_pass() -> None:
    assert not Compared("absence", "Primary", float("nan"), 5.0, 99.0).passed


def test_every_phase_of_every_published_week_is_compared_and_can_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The country of the golden files is absent more often than England."""

    class OneStore:
        def __init__(self, *_words: object) -> None:
            pass

        def reading(self):
            return pytest.MonkeyPatch.context()

        def snapshot(self, _as_of: object):
            return snapshot_of(country(), tmp_path / "store", datetime(2025, 12, 1))

    monkeypatch.setattr(counting, "Store", OneStore)
    monkeypatch.setattr("sys.argv", ["calibration", str(tmp_path), "--week", "2025-W38"])
    with pytest.raises(SystemExit) as ended:
        calibration.main()
    said = capsys.readouterr().out
    assert ended.value.code == 1
    assert "FAIL" in said
    for week in ("2025-W37", "2025-W38"):
        for phase in calibration.WEEKLY_TARGETS:
            assert any(week in line and phase in line for line in said.splitlines())
    assert "persistent" not in said, "published for another week"
