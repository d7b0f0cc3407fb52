"""The written pages as files: links, identifiers, words, same bytes, and plain errors."""

from __future__ import annotations

import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from publisher.catalogue import CATALOGUE
from publisher.errors import CheckFailed, ConfigProblem, CouldNotRun
from publisher.model.progress import Silent
from publisher.model.stages import CheckResult, Outcome, Severity
from publisher.render.content_review import verdict
from publisher.render.pages import ASSETS, write_pages
from publisher.render.settings import HeadlineFigure, PublicationSettings
from tests.unit.render.pages_release import (
    TEMPLATES,
    WEEKS,
    checked_release,
    method_facts,
    write_release,
)

PAGES = ("index", "explore", "methodology", "help", "data-guidance", "updates")
VOID = {"meta", "link", "br", "img", "input", "hr"}
LATER = ("SHA256SUMS", "datapackage.json")
"""Written by other steps of the release, before or after the pages."""


class Page(HTMLParser):
    """Links (address, text), identifiers, headings and whether tags are closed in order."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[tuple[str, str]] = []
        self.ids: list[str] = []
        self.headings: list[int] = []
        self.text = path.read_text(encoding="utf-8")
        self.attributes: list[str] = []
        self.loads: list[str] = []
        self._link: list[str] | None = None
        self.feed(self.text)
        self.close()

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.attributes += found
        self.ids += [found["id"]] if "id" in found else []
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "a":
            self._link = [found.get("href", "")]
        if tag in ("script", "link", "img"):
            self.loads.append(found.get("src") or found.get("href") or "")
        if tag not in VOID and not self.text.startswith("/>", self.getpos()[1]):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):  # noqa: ARG002  (the parser's signature)
        self.attributes += dict(attrs)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        if tag == "a":
            self.links.append((self._link[0], " ".join("".join(self._link[1:]).split())))
            self._link = None

    def handle_data(self, data):
        if self._link is not None:
            self._link.append(data)


@pytest.fixture(scope="module")
def release(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("release")
    checked = checked_release(data_sets=CATALOGUE)
    write_release(checked, folder / "public", review=folder / "review")
    for name in LATER:
        (folder / "public" / name).write_text("", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def pages(release: Path) -> dict[str, Page]:
    found = {f"public/{name}.html": Page(release / f"public/{name}.html") for name in PAGES}
    return {**found, "review/index.html": Page(release / "review/index.html")}


def test_tags_are_closed_and_identifiers_are_unique(pages):
    for name, page in pages.items():
        assert page.open == [], name
        assert len(page.ids) == len(set(page.ids)), name


def test_every_link_leads_to_something_that_is_there(pages, release):
    for name, page in pages.items():
        for href, words in page.links:
            if href.startswith(("mailto:", "https://www.nationalarchives.gov.uk/")):
                continue
            path, _, fragment = href.partition("#")
            target = (release / name).parent / path if path else release / name
            assert target.is_file(), (name, href, words)
            if fragment:
                target_name = str(target.resolve().relative_to(release.resolve()))
                assert fragment in pages[target_name].ids, (name, href)


def test_no_two_links_of_a_page_say_the_same_and_lead_elsewhere(pages):
    for name, page in pages.items():
        leads: dict[str, set[str]] = {}
        for href, words in page.links:
            assert words, (name, href)
            leads.setdefault(words.casefold(), set()).add(href)
        assert {words: to for words, to in leads.items() if len(to) > 1} == {}, name


def test_headings_never_skip_a_level(pages):
    for name, page in pages.items():
        assert page.headings[0] == 1
        assert page.headings.count(1) == 1
        steps = zip(page.headings, page.headings[1:], strict=False)
        assert all(after <= before + 1 for before, after in steps), name


def test_pages_load_only_their_own_files_and_forbid_the_rest(pages):
    for page in pages.values():
        assert set(page.loads) == {"data:,", *(f"assets/{name}" for name in ASSETS)}
        assert "default-src 'none'" in page.text
        assert not {"style", "onclick", "onload"} & set(page.attributes)
        assert "<style" not in page.text


def test_no_official_mark_or_department_is_claimed(pages, release):
    texts = [page.text for page in pages.values()]
    texts += [(release / "public/assets" / name).read_text(encoding="utf-8") for name in ASSETS]
    for text in texts:
        assert not re.search(r"GDS Transport|crest|Department for Education|gov\.uk/assets", text)
        assert "url(" not in text or "url(#" in text
        assert "@font-face" not in text


def test_same_release_same_bytes(release, tmp_path):
    write_release(
        checked_release(data_sets=CATALOGUE), tmp_path / "public", review=tmp_path / "review"
    )
    for path in sorted(tmp_path.rglob("*.*")):
        if path.is_file():
            assert path.read_bytes() == (release / path.relative_to(tmp_path)).read_bytes()


def test_figures_on_the_page_are_those_of_the_table(tmp_path):
    checked = checked_release()
    write_release(checked, tmp_path)
    rows = checked.protected.table("attendance_reasons").rows
    one = rows[
        (rows["geographic_level"] == "National")
        & (rows["time_identifier"] == "Week 45")
        & (rows["time_frame"] == "Week")
        & (rows["education_phase"] == "All schools")
        & (rows["attendance_reason"] == "Overall absence")
    ]["session_percent"].item()
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert f'<p class="app-tile__value">{one:.1f}%</p>' in text
    assert f"and missed {one:.1f}%." in text


def test_a_withheld_figure_shows_its_symbol_and_no_number(tmp_path):
    write_release(checked_release(withheld_above=True, data_sets=CATALOGUE), tmp_path)
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    main = text.split('id="headlines"')[1].split('id="about-these-statistics"')[0]
    assert "[c]" in main
    assert not re.search(r"\d\.\d", main)
    assert "is withheld to protect confidentiality" in main
    assert "<polyline" not in text


def _national(rows: pd.DataFrame) -> pd.Series[bool]:
    return (rows["geographic_level"] == "National") & (rows["time_identifier"] == "Week 45")


def test_missing_rows_are_said_to_be_missing(tmp_path):
    checked = checked_release()
    for table in checked.protected.tables:
        object.__setattr__(table, "rows", table.rows[~_national(table.rows)])
    write_release(checked, tmp_path)
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "there are no national figures" in text
    assert "no data" in text


def test_release_of_one_week_has_nothing_to_compare_with(tmp_path):
    write_release(checked_release(weeks=WEEKS[:1]), tmp_path)
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "No earlier week of the academic year to compare with." in text
    assert "The absence rate was" not in text


def test_words_from_settings_cannot_become_markup(tmp_path):
    settings = PublicationSettings(producer="<script>alert(1)</script>")
    write_release(checked_release(), tmp_path, publication=settings)
    assert "<script>alert" not in (tmp_path / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "wrong",
    [
        {"data_set": "attendence"},
        {"indicator": "sessions"},
        {"filters": {"attendance_reason": "Ilness"}},
        {"filters": {"attendance_status": "Absence"}},
        {"filters": {"reason": "Illness (i)"}},
        {"filters": {"attendance_reason": "Illness (i)", "education_phase": "Nursery"}},
    ],
)
def test_a_headline_that_means_no_figure_stops_the_pages(tmp_path, wrong):
    one = PublicationSettings().headline[0]
    headline = HeadlineFigure(**{**one.model_dump(), **wrong})
    with pytest.raises(ConfigProblem):
        write_release(
            checked_release(), tmp_path, publication=PublicationSettings(headline=(headline,))
        )


def test_a_headline_of_a_data_set_that_comes_later_is_left_out(tmp_path):
    one = PublicationSettings().headline[0]
    later = HeadlineFigure(
        title="Persistent absence",
        guidance_title="What is persistent absence?",
        guidance="Words.",
        data_set="persistent_absence",
        indicator="enrolments_percent",
        filters={"absence_type": "Persistent absence"},
    )
    settings = PublicationSettings(headline=(one, later))
    write_release(checked_release(), tmp_path, publication=settings)
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert text.count('class="app-tile"') == 1


def test_pages_before_data_files_are_refused(tmp_path):
    public = tmp_path / "public"
    write_release(checked_release(), public)
    (public / "data/attendance_reasons.csv").unlink()
    with pytest.raises(CouldNotRun, match=r"attendance_reasons\.csv"):
        write_pages(
            checked_release(), public, TEMPLATES, PublicationSettings(), method_facts(), Silent()
        )


def test_a_name_that_a_template_makes_up_stops_the_run_and_is_named(tmp_path):
    templates = tmp_path / "templates"
    shutil.copytree(TEMPLATES, templates)
    (templates / "pages/help.html.jinja").write_text("{{ frame.nobody }}", encoding="utf-8")
    with pytest.raises(CouldNotRun, match=r"help.*nobody"):
        write_release(checked_release(), tmp_path / "public", templates=templates)


def test_templates_in_the_wrong_place_are_refused(tmp_path):
    with pytest.raises(CouldNotRun, match="templates"):
        write_release(checked_release(), tmp_path / "public", templates=tmp_path)


def test_two_rows_for_one_figure_stop_the_pages(tmp_path):
    checked = checked_release()
    table = checked.protected.tables[0]
    twice = pd.concat([table.rows, table.rows[_national(table.rows)]])
    object.__setattr__(table, "rows", twice)
    with pytest.raises(CheckFailed, match="several rows"):
        write_release(checked, tmp_path)


def _check(severity: Severity, outcome: Outcome) -> CheckResult:
    return CheckResult("name", "attendance_reasons", severity, outcome, "words")


@pytest.mark.parametrize(
    ("results", "words"),
    [
        ((), "Not ready: no check has run."),
        (((Severity.CRITICAL, Outcome.FAILED),), "Not ready: 1 critical check did not pass."),
        (((Severity.CRITICAL, Outcome.COULD_NOT_RUN),), "Not ready: 1 critical check did not"),
        (((Severity.CRITICAL, Outcome.PASSED),), "Ready for sign-off: all 1 check passed."),
        (
            (
                (Severity.WARNING, Outcome.FAILED),
                (Severity.INFO, Outcome.COULD_NOT_RUN),
                (Severity.WARNING, Outcome.COULD_NOT_RUN),
            ),
            "Ready for sign-off except 1 warning and 2 checks that could not run",
        ),
    ],
)
def test_verdict(results, words):
    assert verdict(tuple(_check(*each) for each in results)).startswith(words)
