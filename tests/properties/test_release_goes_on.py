"""A release made from kept sums has the bytes of one that counted everything."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from publisher import ingestion, pipeline
from publisher.aggregate.gathering import Gathering
from publisher.config import Config
from publisher.model.progress import Silent
from tests.golden.country import FIRST, WEEK, country
from tests.properties.feed_folder import write_feed


def _config(folder: Path, *, keep_sums: bool) -> Config:
    folder.mkdir()
    key = folder / "key"
    key.write_text("a key for tests, not a secret", encoding="utf-8")
    key.chmod(0o600)
    return Config.model_validate(
        {
            "store": folder / "store",
            "output": folder / "output",
            "key_file": key,
            "engine": {"keep_sums": keep_sums},
            "publication": {"open_document": False},
        }
    )


def _bytes_of_two_releases(config: Config, feed: Path) -> dict[str, str]:
    """Of the second one: a batch of corrections has come in between."""
    ingestion.ingest(config, feed, "tables", Silent())
    pipeline.release(config, str(WEEK), FIRST, Silent())
    public = pipeline.release(config, str(WEEK), None, Silent()).folder / "public"
    return {
        path.relative_to(public).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(public.rglob("*"))
        if path.is_file()
    }


def test_the_second_release_has_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    went_on = []
    of_changes = Gathering._gather_changes

    def noted(*given: object) -> None:
        went_on.append(given)
        of_changes(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(Gathering, "_gather_changes", noted)
    monkeypatch.delenv("PUBLISHER_KEY", raising=False)
    feed = write_feed(country(), tmp_path / "feed")
    counted = _bytes_of_two_releases(_config(tmp_path / "counted", keep_sums=False), feed)
    assert not went_on
    assert not list((tmp_path / "counted" / "store").rglob("sums"))
    assert _bytes_of_two_releases(_config(tmp_path / "kept", keep_sums=True), feed) == counted
    assert len(went_on) == 1
