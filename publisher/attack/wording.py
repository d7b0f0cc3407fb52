"""What the words around a figure say it is about: measure, area, phase and period."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from publisher.attack.documents import Document, Grid
from publisher.attack.places import NATIONAL, Areas
from publisher.attack.series import AREA, MEASURE, PERIOD, PHASE, POSSIBLE, measure_labels
from publisher.attack.times import Moment
from publisher.attack.values import Kind, Said, said
from publisher.model.phases import ALL_SCHOOLS, EDUCATION_PHASES
from publisher.model.time import WEEK, YEAR_TO_DATE

_MARKS = re.compile(r"\[note \d+\]|\(%\)|\bpercentage of\b")
_CODE = re.compile(r"^(.*) \((\w+)\)$")
_COUNT = re.compile(r"(\d[\d,]*) (?:possible )?sessions")
_SHARE = re.compile(r"(\d+(?:\.\d+)?)%")
_SPOKEN = {"attended": "overall_attendance", "missed": "overall_absence",
           "absence": "overall_absence", "attendance": "overall_attendance"}  # fmt: skip
_PHASES = tuple(each for each in EDUCATION_PHASES if each != ALL_SCHOOLS)

Coordinates = Mapping[str, str]


@dataclass(frozen=True)
class Remark:
    """A figure outside the data files, and what it is about."""

    source: str
    about: Coordinates
    figure: Said
    is_rate: bool


class Vocabulary:
    """The words that areas, phases, periods and measures go by."""

    def __init__(self, areas: Areas, periods: Sequence[str]) -> None:
        self.nation = next((k for k, level in areas.level.items() if level == NATIONAL), "")
        moments = sorted(Moment.of(each) for each in periods)
        weeks = [each for each in moments if each.time_frame == WEEK]
        years = [each for each in moments if each.time_frame == YEAR_TO_DATE]
        self.latest = weeks[-1].key if weeks else ""
        self.year = years[-1].key if years else ""
        self._places = {name.lower(): (AREA, key) for key, name in areas.name.items() if name}
        self._known: dict[str, tuple[str, str]] = {
            **self._places,
            **{key.lower(): (AREA, key) for key in areas.name if key},
            **{each.lower(): (PHASE, each) for each in EDUCATION_PHASES},
            **{each.words.lower(): (PERIOD, each.key) for each in weeks},
            **{each.time_identifier.lower(): (PERIOD, each.key) for each in weeks},
            "latest week": (PERIOD, self.latest),
            "year to date": (PERIOD, self.year),
            **dict(_measures()),
        }

    def label(self, text: str) -> dict[str, str]:
        """What a heading is about; nothing unless every part of it is known."""
        bare = _MARKS.sub("", text.lower()).strip(" ,:")
        if bare in self._known:
            return dict([self._known[bare]])
        parts = [each for one in bare.split(": ") for each in re.split(r", (?!code )", one)]
        if not all(each in self._known for each in parts):
            return {}
        return dict(self._known[each] for each in parts)

    def caption(self, text: str) -> dict[str, str]:
        """What a caption says about every figure below it."""
        bare = _MARKS.sub("", text.lower())
        found: dict[str, str] = {}
        measures = [k for k, v in self._known.items() if v[0] == MEASURE and k in bare]
        if measures:
            found[MEASURE] = self._known[max(measures, key=len)][1]
        weeks = set(re.findall(r"week \d+(?: \d{4})?", bare))
        known = {self._known[each][1] for each in weeks if each in self._known}
        if "year to date to week" in bare or ("year to date" in bare and not weeks):
            found[PERIOD] = self.year
        elif len(known) == 1 and "year to date" not in bare and "by week" not in bare:
            found[PERIOD] = known.pop()
        if re.search(r"\ball schools\b", bare):
            found[PHASE] = ALL_SCHOOLS
        return found

    def sentence(self, text: str) -> dict[str, str] | None:
        """What a sentence is about; None unless it names one area, and at most one of the rest.

        A sentence of method ("missed 10% or more") names none.
        """
        bare = text.lower()
        names = [each for each in self._places if _named(re.escape(each), bare)]
        longest = [each for each in names if not any(each in o and each != o for o in names)]
        places = {self._places[each][1] for each in longest}
        phases = {each for each in _PHASES if _named(each.lower() + " schools?", bare)}
        weeks = {self._known[each][1] for each in re.findall(r"week \d+", bare)
                 if each in self._known}  # fmt: skip
        if "year to date" in bare:
            weeks.add(self.year)
        places -= {self.nation} if len(places) > 1 else set()
        if len(places) != 1 or max(len(phases), len(weeks)) > 1:
            return None
        return {
            AREA: places.pop(),
            PHASE: next(iter(phases), ALL_SCHOOLS),
            PERIOD: next(iter(weeks), self.latest),
        }


def _named(pattern: str, text: str) -> bool:
    return re.search(rf"\b{pattern}\b", text) is not None


def _measures() -> Iterator[tuple[str, tuple[str, str]]]:
    for measure, words in measure_labels().items():
        yield words.lower(), (MEASURE, measure)
        code = _CODE.match(words.lower())
        if code:
            yield f"{code[1]}, code {code[2]}", (MEASURE, measure)
    yield "overall absence rate", (MEASURE, "overall_absence")


def remarks(document: Document, vocabulary: Vocabulary) -> Iterator[Remark]:
    """Every figure of a document whose words say what it is about."""
    for grid in document.grids:
        yield from _of_grid(grid, vocabulary)
    for sentence in document.sentences:
        yield from _of_sentence(document.source, sentence, vocabulary)


def _of_grid(grid: Grid, vocabulary: Vocabulary) -> Iterator[Remark]:
    above = vocabulary.caption(grid.caption)
    headings = [vocabulary.label(each) for each in grid.header]
    whole = {AREA: vocabulary.nation, PHASE: ALL_SCHOOLS, **above}
    for row in grid.rows:
        labels: dict[str, str] = {}
        for words in row:
            for name, item in vocabulary.label(words).items():
                labels.setdefault(name, item)
        for place, words in enumerate(row[: len(headings)]):
            about = {**whole, **labels, **headings[place]}
            figure = said(words)
            if figure.kind is Kind.NUMBER and MEASURE in about and PERIOD in about:
                rate = "%" in words + grid.header[place] + grid.caption or figure.decimals > 0
                rate = rate or "rate" in grid.caption.lower() or "Percentage" in grid.caption
                yield Remark(grid.source, about, figure, rate)


def _of_sentence(source: str, text: str, vocabulary: Vocabulary) -> Iterator[Remark]:
    tile, _, value = text.rpartition(": ")
    heading = vocabulary.label(tile) if tile else {}
    if MEASURE in heading and _SHARE.fullmatch(value):
        about = {AREA: vocabulary.nation, PHASE: ALL_SCHOOLS, **heading}
        yield Remark(source, about, said(value), is_rate=True)
        return
    about_all = vocabulary.sentence(text)
    if about_all is None or "percentage point" in text:
        return
    counts, shares = _COUNT.findall(text), _SHARE.findall(text)
    if len(counts) == 1 and "possible sessions" in text:
        yield Remark(source, {**about_all, MEASURE: POSSIBLE}, said(counts[0]), is_rate=False)
    if len(shares) == 1:
        spoken = {m for word, m in _SPOKEN.items() if _named(word, text.lower())}
        if len(spoken) == 1:
            about = {**about_all, MEASURE: spoken.pop()}
            yield Remark(source, about, said(shares[0]), is_rate=True)
