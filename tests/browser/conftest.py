"""A real browser and a written release for the browser tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from publisher.catalogue import CATALOGUE
from tests.unit.render.pages_release import checked_release, write_release

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed: pages not seen in a browser"
    )
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip("no Chromium found: the pages were not looked at in a browser")
    with playwright.sync_playwright() as running:
        opened = running.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--disable-gpu"]
        )
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release with `public` and `review` folders, persistent absence included."""
    folder = tmp_path_factory.mktemp("release")
    checked = checked_release(data_sets=CATALOGUE)
    write_release(checked, folder / "public", review=folder / "review")
    return folder


@pytest.fixture(scope="session")
def withheld_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release in which every figure about pupils is withheld."""
    folder = tmp_path_factory.mktemp("withheld")
    checked = checked_release(data_sets=CATALOGUE, withheld_above=True)
    write_release(checked, folder / "public", review=folder / "review")
    return folder
