"""What the writers write passes the screener: cells, checks, files, checks again."""

from __future__ import annotations

from pathlib import Path

from publisher.checks.run import check_cells, check_files
from publisher.checks.settings import CheckSettings
from publisher.model.progress import Silent
from publisher.model.stages import Outcome
from publisher.render.csv_files import write_csv_files
from publisher.render.edition import DATA_FOLDER, Edition
from publisher.render.meta_files import write_meta_files
from publisher.render.settings import PublicationSettings
from tests.unit.checks.world import DATA_SETS, OF_ALL_PUPILS, protected, world


def test_written_files_pass_the_whole_screener(tmp_path: Path) -> None:
    settings, every = CheckSettings(), OF_ALL_PUPILS
    cells = protected(world(authorities=4, weeks=2, seed=9), withheld=0.1)
    checked = check_cells(
        cells, Path("expectations"), settings, Silent(), data_sets=tuple(DATA_SETS.values())
    )
    edition = Edition(checked, PublicationSettings())
    (tmp_path / DATA_FOLDER).mkdir(parents=True)
    write_csv_files(edition, tmp_path, Silent())
    write_meta_files(edition, tmp_path, Silent())
    results = check_files(tmp_path / DATA_FOLDER, every, settings, Silent())
    assert [each.words for each in results if each.outcome is not Outcome.PASSED] == []
