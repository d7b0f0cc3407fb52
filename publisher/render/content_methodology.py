"""The methodology page, derived from the definitions and the policy in force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from publisher.model.definitions import AbsenteeMeasure, DataSet, Measure, Rate
from publisher.model.stages import CheckedCells
from publisher.reference.codes import RegisterCode, register_codes
from publisher.reference.years import AcademicYear, TotalsRegime, academic_year_of
from publisher.render.content import MethodFacts
from publisher.render.content_tables import Table, words_table
from publisher.render.content_words import capitalised, date_words
from publisher.render.rounding import in_words
from publisher.render.symbols import SYMBOLS


@dataclass(frozen=True)
class Methodology:
    """Everything that the methodology page shows beside its fixed words."""

    academic_year: str
    series_start: str
    year_11_leaves: str
    weighted_totals: bool
    minimum_open: str
    days_left_out: tuple[str, ...]
    strike_days: tuple[str, ...]
    profile: str
    rounding_base: int
    rules: tuple[str, ...]
    codes: Table
    measures: tuple[Table, ...]
    symbols: Table
    absentee: tuple[AbsenteeMeasure, ...]


def methodology(checked: CheckedCells, method: MethodFacts) -> Methodology:
    """The methodology of this release.

    Raises:
        UsageProblem: the release lies in an academic year whose dates are not known.
    """
    scope, summary = checked.protected.scope, checked.protected.summary
    year = academic_year_of(scope.week.friday)
    return Methodology(
        academic_year=year.title,
        series_start=date_words(year.series_start),
        year_11_leaves=date_words(year.year_11_leaves),
        weighted_totals=year.totals is TotalsRegime.WEIGHTED,
        minimum_open=f"{in_words(method.minimum_open_authorities_percent, 0)}%",
        days_left_out=_days(scope.days_left_out),
        strike_days=_days(scope.strike_days),
        profile=summary.profile,
        rounding_base=summary.rounding_base,
        rules=tuple(_sentence(each) for each in summary.rules),
        codes=_codes(year),
        measures=tuple(_measures(each) for each in method.data_sets),
        symbols=symbols_table(),
        absentee=_absentee(method.data_sets),
    )


def symbols_table() -> Table:
    """The symbols that stand in place of figures."""
    rows = ((each.bracketed, each.letters, capitalised(each.meaning)) for each in SYMBOLS.values())
    return words_table(
        "Symbols in pages and spreadsheets, and in CSV files",
        ("Pages and spreadsheets", "CSV files", "Meaning"),
        rows,
    )


def _days(days: tuple[date, ...]) -> tuple[str, ...]:
    """Days in words, a run of school days as one: `27 October 2025 to 31 October 2025`."""
    runs: list[list[date]] = []
    for day in sorted(days):
        if runs and _follows(runs[-1][-1], day):
            runs[-1].append(day)
        else:
            runs.append([day])
    return tuple(
        date_words(run[0]) if len(run) == 1 else f"{date_words(run[0])} to {date_words(run[-1])}"
        for run in runs
    )


def _follows(day: date, later: date) -> bool:
    """Whether `later` is the next school day after `day`; a weekend follows each Friday."""
    friday = 5
    return (later - day).days == (3 if day.isoweekday() == friday else 1)


def _sentence(words: str) -> str:
    return capitalised(words.strip().removesuffix(".")) + "."


def _codes(year: AcademicYear) -> Table:
    rows = (
        (
            each.code,
            each.meaning,
            capitalised(each.category),
            "Yes" if each.is_possible else "No",
            _validity(each),
        )
        for each in register_codes()
    )
    return words_table(
        f"Register codes and how they are counted, academic year {year.title}",
        ("Code", "Meaning", "Counted as", "Possible session", "In use"),
        rows,
    )


def _validity(code: RegisterCode) -> str:
    first = f"From {date_words(code.valid_from)}"
    return first if code.valid_to is None else f"{first} to {date_words(code.valid_to)}"


def _measures(data_set: DataSet) -> Table:
    rows = ((each.label, each.words, _percentage(data_set, each)) for each in data_set.measures)
    return words_table(
        f"What is counted in \u201c{data_set.title}\u201d",
        ("Item", "Count", "Percentage"),
        rows,
    )


def _percentage(data_set: DataSet, measure: Measure) -> str:
    """The formula of the percentage that is published of a measure."""
    rates = {
        figure
        for item in data_set.items
        for figure in item.figures.values()
        if isinstance(figure, Rate) and figure.numerator == measure.name
    }
    formulas = (
        f"100 \u00d7 {measure.label} \u00f7 {data_set.measure(rate.denominator).label}"
        for rate in sorted(rates, key=lambda rate: rate.denominator)
    )
    return "; ".join(formulas) or "Not published"


def _absentee(data_sets: tuple[DataSet, ...]) -> tuple[AbsenteeMeasure, ...]:
    """Persistent and severe absence: the measures that ask for a share missed."""
    found = {
        measure.name: measure
        for data_set in data_sets
        for measure in data_set.measures
        if isinstance(measure, AbsenteeMeasure) and measure.percent_missed
    }
    return tuple(found.values())
