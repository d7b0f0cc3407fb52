"""The pages in a real browser: accessible, private, whole without scripts, narrow and on paper."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")

PAGES = (
    "public/index.html",
    "public/explore.html",
    "public/methodology.html",
    "public/help.html",
    "public/data-guidance.html",
    "public/updates.html",
    "review/index.html",
    "review/withheld.html",
)
NARROW, WIDE = 320, 1280
QUICK = (
    ("public/index.html", WIDE, True),
    ("public/explore.html", NARROW, True),
    ("public/data-guidance.html", NARROW, False),
)
"""Seen by every run of the tests; all pages, widths and states are seen by the full one."""
SLOW = [pytest.mark.full]
ALL_WORDS = "() => document.querySelector('main').textContent"
SEEN_WORDS = "() => document.querySelector('main').innerText"
OPEN_DETAILS = "() => document.querySelectorAll('details').forEach(each => { each.open = true })"
PRINTED_HEADINGS = """() => [...document.querySelectorAll(
    'main h1, main h2, main h3, main caption')].map(each => {
        const copy = each.cloneNode(true)
        copy.querySelectorAll('.govuk-visually-hidden').forEach(hidden => hidden.remove())
        return copy.textContent
    })"""
# Preloading fetches style sheets a second time, which the pages forbid; nothing is lost by it.
AXE_OPTIONS = {"preload": False}


class Visit:
    """A page as it was opened, and everything that it asked for or complained about."""

    def __init__(self, page: Any, address: str) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("requestfailed", lambda request: self.complaints.append(request.url))
        page.on("request", lambda request: self.requests.append(request.url))
        page.goto(address)


@pytest.fixture
def visit(browser: Any, release: Path) -> Iterator[Any]:
    contexts = []

    def opened(
        name: str,
        width: int = WIDE,
        *,
        scripts: bool = True,
        own_scripts: bool = True,
        folder: Path = release,
    ) -> Visit:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, java_script_enabled=scripts
        )
        context.set_default_timeout(20_000)
        if not own_scripts:
            context.route("**/*.js", lambda route: route.abort())
        contexts.append(context)
        return Visit(context.new_page(), (folder / name).as_uri())

    yield opened
    for context in contexts:
        context.close()


def letters(text: str) -> str:
    """Text without its spaces, which browsers and printers set as they like."""
    return "".join(text.split())


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts on", "scripts off"])
@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("name", PAGES)
def test_page_is_quiet_private_and_fits(
    visit: Any, release: Path, name: str, width: int, scripts: bool
):
    seen = visit(name, width, scripts=scripts)
    across = seen.page.evaluate("() => document.documentElement.scrollWidth")
    assert across <= width
    assert seen.complaints == []
    assert all(url.startswith((release.as_uri(), "data:,")) for url in seen.requests)
    assert any(url.endswith("publication.css") for url in seen.requests)


@pytest.mark.parametrize(
    ("name", "width", "scripts"),
    [
        pytest.param(name, width, scripts, marks=[] if (name, width, scripts) in QUICK else SLOW)
        for name in PAGES
        for width in (NARROW, WIDE)
        for scripts in (True, False)
    ],
)
def test_page_is_accessible(visit: Any, name: str, width: int, scripts: bool):
    # The accessibility rules are a script themselves: "off" keeps the page's own from loading.
    seen = visit(name, width, own_scripts=scripts)
    started = seen.page.evaluate("() => document.body.classList.contains('js-enabled')")
    assert started is scripts
    found = axe.Axe().run(seen.page, options=AXE_OPTIONS).response
    assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []
    assert len(found["passes"]) > 15


@pytest.mark.full
@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_page_with_everything_withheld_is_accessible_and_fits(
    visit: Any, withheld_release: Path, width: int
):
    seen = visit("public/index.html", width, folder=withheld_release)
    assert seen.page.evaluate("() => document.documentElement.scrollWidth") <= width
    assert axe.Axe().run(seen.page, options=AXE_OPTIONS).response["violations"] == []
    assert "nan" not in seen.page.evaluate(ALL_WORDS).lower()


@pytest.mark.parametrize("name", PAGES)
def test_without_scripts_everything_can_be_read(visit: Any, name: str):
    seen = visit(name, scripts=False)
    seen.page.evaluate(OPEN_DETAILS)
    # One of the two drawings is always hidden; a test of its own looks at them.
    seen.page.evaluate("() => document.querySelectorAll('svg').forEach(each => each.remove())")
    assert letters(seen.page.evaluate(SEEN_WORDS)) == letters(seen.page.evaluate(ALL_WORDS))


@pytest.mark.parametrize("name", PAGES)
def test_scripts_add_and_remove_no_words(visit: Any, name: str):
    on, off = visit(name), visit(name, scripts=False)
    assert letters(on.page.evaluate(ALL_WORDS)) == letters(off.page.evaluate(ALL_WORDS))


def test_with_scripts_a_tab_shows_its_table_and_hides_the_chart(visit: Any):
    page = visit("public/index.html").page
    assert page.locator("#trend-chart").is_visible()
    assert not page.locator("#trend-table").is_visible()
    page.get_by_role("tab", name="Table for absence by week").click()
    assert page.locator("#trend-table").is_visible()
    assert not page.locator("#trend-chart").is_visible()


@pytest.mark.parametrize(("width", "shown"), [(NARROW, "narrow"), (WIDE, "wide")])
def test_one_drawing_is_shown_and_its_text_can_be_read(visit: Any, width: int, shown: str):
    page = visit("public/index.html", width).page
    drawings = page.locator("#trend-chart svg")
    assert [drawings.nth(n).is_visible() for n in (0, 1)].count(True) == 1
    labels = page.locator(f"svg.app-chart--{shown} text")
    heights = [labels.nth(n).bounding_box()["height"] for n in range(labels.count())]
    assert min(heights) >= 11


def test_labels_of_the_chart_do_not_overlap_or_leave_it(visit: Any):
    for width, shown in ((NARROW, "narrow"), (WIDE, "wide")):
        page = visit("public/index.html", width).page
        frame = page.locator(f"svg.app-chart--{shown}").bounding_box()
        labels = page.locator(f"svg.app-chart--{shown} text")
        boxes = [labels.nth(n).bounding_box() for n in range(labels.count())]
        assert all(
            box["x"] >= frame["x"] - 1
            and box["x"] + box["width"] <= frame["x"] + frame["width"] + 1
            for box in boxes
        )
        for n, one in enumerate(boxes):
            for other in boxes[n + 1 :]:
                across = min(one["x"] + one["width"], other["x"] + other["width"]) - max(
                    one["x"], other["x"]
                )
                down = min(one["y"] + one["height"], other["y"] + other["height"]) - max(
                    one["y"], other["y"]
                )
                assert across <= 0 or down <= 4  # descenders may touch the box below


@pytest.mark.parametrize("name", PAGES)
def test_on_paper_nothing_stays_folded(visit: Any, name: str):
    page = visit(name).page
    page.emulate_media(media="print")
    folded = page.evaluate(
        """() => [...document.querySelectorAll(
            'main .govuk-tabs__panel, main details > :not(summary), main h1, main h2, main h3')]
            .filter(each => !each.getClientRects().length)
            .map(each => each.outerHTML.slice(0, 80))"""
    )
    assert folded == []


@pytest.mark.parametrize(
    "name", [PAGES[0], *(pytest.param(name, marks=SLOW) for name in PAGES[1:])]
)
def test_the_printed_file_has_every_heading(visit: Any, tmp_path: Path, name: str):
    reader = shutil.which("pdftotext")
    if reader is None:
        pytest.skip("pdftotext is not installed: the printed file was not read")
    page = visit(name).page
    page.pdf(path=tmp_path / "page.pdf", format="A4")
    text = subprocess.run(
        [reader, "-layout", tmp_path / "page.pdf", "-"], capture_output=True, text=True, check=True
    ).stdout
    headings = page.evaluate(PRINTED_HEADINGS)
    assert len(headings) > 2
    assert [each for each in headings if letters(each) not in letters(text)] == []
