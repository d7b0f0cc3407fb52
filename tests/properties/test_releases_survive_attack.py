"""Every release that the pipeline makes survives its own attack, alone and with earlier ones."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from publisher import ingestion, pipeline
from publisher.attack.attack import attack
from publisher.attack.certificate import check_certificate, write_certificate
from publisher.config import Config
from publisher.errors import UsageProblem
from publisher.model.progress import Silent
from tests.properties.feed_folder import write_feed
from tests.properties.random_histories import Fortnight, random_fortnights
from tests.properties.test_releases_as_of import fortnights
from tests.properties.tiny_systems import System, tiny_system


def settings(folder: Path, system: System | None = None) -> Config:
    key = folder / "key"
    key.write_text("a key for tests, not a secret", encoding="utf-8")
    key.chmod(0o600)
    config = Config(store=folder / "store", output=folder / "output", key_file=key)
    publication = config.publication.model_copy(update={"open_document": False})
    method = config.method
    if system is not None:
        method = method.model_copy(
            update={
                "strike_days": tuple(system.strike_days),
                "minimum_open_authorities_percent": system.minimum_open_percent,
            }
        )
    return config.model_copy(update={"publication": publication, "method": method})


def survives(folder: Path, *previous: Path) -> None:
    report, attacked = attack(folder, previous, None, Silent())
    assert report.contradictions == ()
    assert [(each.kind, each.cell) for each in report.findings] == []
    # Large groups withheld for a small one's sake may be known closely; the gate, which knows
    # whose sake, lets no others be. Even of these more than one value fits.
    assert report.safe + report.closely_known == report.withheld
    assert all((each.high > each.low)[each.close].all() for each in attacked)
    certificate = folder.parent / "certificate.npz"
    write_certificate(certificate, attacked)
    checked = check_certificate(certificate, folder, Silent())
    assert checked.holds
    assert checked.unproved == attacked[0].close.sum()


def released(config: Config, system: System, folder: Path) -> Path | None:
    """The release of a tiny system, or None when nothing came or was open in its week."""
    if not system.feed.marks:
        return None
    try:
        ingestion.ingest(config, write_feed(system.feed, folder / "feed"), "tables", Silent())
        return pipeline.release(config, str(system.week), None, Silent()).folder
    except UsageProblem:
        return None


@pytest.mark.parametrize("seed", [2, pytest.param(8, marks=pytest.mark.full)])
def test_a_release_of_a_tiny_country(tmp_path: Path, monkeypatch, seed: int):
    monkeypatch.delenv("PUBLISHER_KEY", raising=False)
    system = tiny_system(seed)
    folder = released(settings(tmp_path, system), system, tmp_path)
    assert folder is not None
    survives(folder)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(100, 160))
def test_a_release_of_many_tiny_countries(tmp_path: Path, monkeypatch, seed: int):
    monkeypatch.delenv("PUBLISHER_KEY", raising=False)
    system = tiny_system(seed)
    folder = released(settings(tmp_path, system), system, tmp_path)
    if folder is not None:
        survives(folder)


def history(folder: Path, fortnights: Iterator[Fortnight]) -> Iterator[Path]:
    """The releases of some fortnights, of those in which something is open."""
    config = settings(folder)
    for turn, fortnight in enumerate(fortnights):
        feed = write_feed(fortnight.feed, folder / f"feed-{turn}")
        ingestion.ingest(config, feed, "tables", Silent())
        with suppress(UsageProblem):
            yield pipeline.release(config, str(fortnight.week), None, Silent()).folder


def survive_one_after_the_other(folders: Iterator[Path]) -> None:
    """Each survives with everything published before it."""
    published = list[Path]()
    for folder in folders:
        survives(folder, *published)
        published.append(folder)
    assert len(published) > 1


@pytest.mark.full
def test_ten_fortnights_with_everything_published_before(tmp_path: Path, monkeypatch):
    monkeypatch.delenv("PUBLISHER_KEY", raising=False)
    survive_one_after_the_other(history(tmp_path, fortnights(10)))


def test_two_random_fortnights(tmp_path: Path, monkeypatch):
    monkeypatch.delenv("PUBLISHER_KEY", raising=False)
    survive_one_after_the_other(history(tmp_path, random_fortnights(3, 2)))


@pytest.mark.full
@pytest.mark.parametrize("seed", range(2, 8))
def test_ten_random_fortnights(tmp_path: Path, monkeypatch, seed: int):
    """With corrections of any past day, late schools, withdrawals and changed registers."""
    monkeypatch.delenv("PUBLISHER_KEY", raising=False)
    survive_one_after_the_other(history(tmp_path, random_fortnights(seed, 10)))
