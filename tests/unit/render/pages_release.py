"""An invented release for the pages: plausible rates, real areas, some rows withheld.

`make_picture` (run as `python -m tests.unit.render.pages_release docs/release-page.png`) draws
the first screen of the release home page.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from publisher.catalogue import CATALOGUE
from publisher.model.accounting import (
    BatchRows,
    Bucket,
    Line,
    RunAccount,
    SessionAccount,
    TableAccount,
    account_at_the_door,
)
from publisher.model.definitions import (
    AbsenteeMeasure,
    Count,
    DataSet,
    Fixed,
    Level,
    Rate,
    SchoolMeasure,
)
from publisher.model.geography import GEOGRAPHY_COLUMNS, Location
from publisher.model.phases import EDUCATION_PHASES
from publisher.model.progress import Silent
from publisher.model.reasons import BECAUSE, TO_PROTECT
from publisher.model.stages import (
    STATUS_SUFFIX,
    CheckedCells,
    CheckResult,
    DisclosureSummary,
    Outcome,
    ProtectedCells,
    ProtectedTable,
    ReleaseScope,
    Severity,
    WithheldCount,
)
from publisher.model.status import CellStatus
from publisher.model.time import WEEK, WEEKDAYS, YEAR_TO_DATE, IsoWeek, Period, PeriodKind
from publisher.reference.areas import locations
from publisher.render.content import MethodFacts
from publisher.render.edition import Edition
from publisher.render.pages import write_pages, write_review
from publisher.render.settings import PublicationSettings

AUTUMN_DATA_SETS = tuple(each for each in CATALOGUE if each.first_calendar_week is None)
LATEST = IsoWeek(2025, 45)
WEEKS = tuple(IsoWeek(2025, week) for week in (37, 38, 39, 40, 41, 42, 43, 45))
TEMPLATES = Path(__file__).resolve().parents[3] / "templates"
STATUSES = tuple(each.value for each in CellStatus)
SHOWN, WITHHELD = STATUSES.index("shown"), STATUSES.index("withheld")
RULES = (
    "A row with fewer than 3 contributing schools, or with all of one trust, is withheld",
    "A row whose two largest holdings leave too little to the others is withheld",
    "A row with fewer than 10 pupils is withheld",
    "Every published count of sessions or pupils is rounded to the nearest 10",
    "Further rows are withheld so that no withheld row can be worked out from others",
)


def periods(weeks: Sequence[IsoWeek] = WEEKS) -> tuple[Period, ...]:
    made: list[Period] = []
    for week in weeks:
        time = (str(week.year), week.identifier)
        for name, day in zip(WEEKDAYS, week.school_days, strict=True):
            made.append(Period(f"{day}", PeriodKind.DAY, *time, name, (day,), day))
        made.append(Period(f"{week}", PeriodKind.WEEK, *time, WEEK, week.school_days, week.monday))
    latest = (str(weeks[-1].year), weeks[-1].identifier)
    days = tuple(day for week in weeks for day in week.school_days)
    made.append(Period("ytd", PeriodKind.YEAR_TO_DATE, *latest, YEAR_TO_DATE, days, None))
    return tuple(made)


def places(authorities: int = 12) -> tuple[Location, ...]:
    """England, its regions, and as many authorities as asked."""
    above = [each for each in locations() if each.level is not Level.LOCAL_AUTHORITY]
    below = [each for each in locations() if each.level is Level.LOCAL_AUTHORITY]
    step = max(1, len(below) // authorities)
    return (*above, *below[::step][:authorities])


def method_facts(**changes: object) -> MethodFacts:
    facts = MethodFacts(
        data_sets=CATALOGUE,
        version="0.1.0",
        coverage=(
            "Schools agree to share their daily registers. The figures cover state-funded "
            "primary, secondary and special schools in England that do."
        ),
        minimum_open_authorities_percent=25,
        persistent_absence_from=(
            "Persistent and severe absence are first published in the release that contains "
            "week 2 of 2026."
        ),
        not_tested=("The finished files have not been attacked together with earlier releases.",),
    )
    return replace(facts, **changes)


CHECKS = (
    CheckResult(
        "totals_match_within_rounding", "attendance_reasons", Severity.CRITICAL, Outcome.PASSED,
        "Totals equal the sum of their parts, within rounding", 388_000, 0,
    ),
    CheckResult(
        "change_since_last_within", "attendance_reasons", Severity.WARNING, Outcome.FAILED,
        "Rates changed by less than 2 percentage points from the week before", 652, 3,
    ),
    CheckResult(
        "compared_with_last_release", "schools_submitting", Severity.INFO, Outcome.COULD_NOT_RUN,
        "Figures agree with the release before, where there is one", 0, 0,
    ),
)  # fmt: skip


ACCOUNT = RunAccount(
    marks=TableAccount(
        1_000,
        (
            Line(Bucket.COUNTED, "in the figures", 970),
            Line(Bucket.ORPHAN, "pupil without a record at the school", 20),
            Line(Bucket.REFUSED, "no pupil number", 10),
        ),
    ),
    pupils=TableAccount(60, (Line(Bucket.COUNTED, "in the figures", 60),)),
    sessions=SessionAccount(register_code=1_930, unknown_code=4, no_mark=6),
    batches=tuple(
        BatchRows(
            names, 3, account_at_the_door({"stored": 495, "no pupil number": 5}),
            account_at_the_door({"stored": 30}),
        )
        for names in (("2025-10-31T1830",), ("2025-11-06T1830", "2025-11-07T1830"))
    ),
)  # fmt: skip


def checked_release(
    *,
    weeks: Sequence[IsoWeek] = WEEKS,
    authorities: int = 12,
    data_sets: Sequence[DataSet] = AUTUMN_DATA_SETS,
    withheld_above: bool = False,
    seed: int = 5,
    checks: Sequence[CheckResult] = CHECKS,
) -> CheckedCells:
    """A release; `withheld_above` withholds also every national and regional figure."""
    chosen = places(authorities)
    spans = periods(weeks)
    random = np.random.default_rng(seed)
    tables = tuple(_table(each, spans, chosen, random, withheld_above) for each in data_sets)
    scope = ReleaseScope(weeks[-1], datetime(2025, 11, 18, 9), "202526", spans, chosen)
    hidden = [
        (place.code, phase, span.key)
        for p, place in enumerate(chosen)
        for f, phase in enumerate(EDUCATION_PHASES)
        for span in spans
        if _is_withheld(p, f, place, withheld_above)
    ]
    summary = DisclosureSummary(
        profile="cautious", rounding_base=10, rules=RULES, rounds=2,
        withheld=tuple(_withheld(each) for each in tables),
    )  # fmt: skip
    withheld = pd.DataFrame(hidden, columns=["location", "education_phase", "period"])
    protected = ProtectedCells(
        scope, tables, summary, withheld, ACCOUNT, reasons=_reasons(chosen, spans, withheld_above)
    )
    return CheckedCells(protected, tuple(checks))


def write_release(
    checked: CheckedCells,
    public: Path,
    *,
    review: Path | None = None,
    publication: PublicationSettings | None = None,
    method: MethodFacts | None = None,
    templates: Path = TEMPLATES,
) -> None:
    """Write the pages beside stand-ins for the data files that they link to."""
    settings = publication or PublicationSettings()
    stem = Edition(checked, settings).stem
    names = [each.data_set.name for each in checked.protected.tables]
    files = [f"data/{name}.{end}" for name in names for end in ("csv", "meta.csv", "parquet")]
    for name in (*files, f"tables/{stem}.xlsx", f"{stem}.zip"):
        path = public / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"0" * (40 + 977 * len(name)))
    facts = method or method_facts()
    write_pages(checked, public, templates, settings, facts, Silent())
    if review is not None:
        write_review(checked, review, templates, settings, facts, Silent())


def make_picture(to: Path) -> None:
    """Draw the release home page as a picture of 1280 by 1400 pixels."""
    from playwright.sync_api import sync_playwright

    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        public = Path(folder) / "public"
        write_release(checked_release(authorities=153), public)
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 1400})
        page.goto((public / "index.html").as_uri())
        page.screenshot(path=to)
        browser.close()


def _is_withheld(place_at: int, phase_at: int, place: Location, everywhere: bool) -> bool:
    # Some pattern that leaves most authorities whole.
    if place.level is not Level.LOCAL_AUTHORITY:
        return everywhere
    return (place_at * 7 + phase_at * 3) % 11 == 0 or place_at % 17 == 3


def _reasons(chosen: Sequence[Location], spans: Sequence[Period], everywhere: bool) -> pd.DataFrame:
    why = ("few schools", "one trust", "dominance", TO_PROTECT)
    lines = [
        (
            place.code,
            phase,
            span.key,
            why[(p + f) % len(why)] if _is_withheld(p, f, place, everywhere) else "",
        )
        for p, place in enumerate(chosen)
        for f, phase in enumerate(EDUCATION_PHASES)
        for span in spans
    ]
    return pd.DataFrame(lines, columns=["location", "education_phase", "period", BECAUSE])


def _withheld(table: ProtectedTable) -> WithheldCount:
    level = Level.LOCAL_AUTHORITY.value
    local = table.rows[table.rows["geographic_level"] == level]
    status = local[table.data_set.indicator_columns[0] + STATUS_SUFFIX]
    hidden = int((status == CellStatus.WITHHELD.value).sum())
    return WithheldCount(table.data_set.name, level, len(local), hidden)


def _hidden(chosen: Sequence[Location], everywhere: bool) -> np.ndarray:
    return np.array(
        [
            [_is_withheld(p, f, place, everywhere) for f in range(len(EDUCATION_PHASES))]
            for p, place in enumerate(chosen)
        ]
    )


def _table(
    data_set: DataSet,
    spans: Sequence[Period],
    chosen: Sequence[Location],
    random: np.random.Generator,
    everywhere: bool,
) -> ProtectedTable:
    mine = [each for each in spans if each.kind in data_set.periods]
    shape = (len(mine), len(chosen), len(EDUCATION_PHASES), len(data_set.items))
    period, place, phase, item = (each.ravel() for each in np.indices(shape))
    hidden = _hidden(chosen, everywhere)[place, phase]
    columns: dict[str, object] = {
        "time_period": _words([each.time_period for each in mine], period),
        "time_identifier": _words([each.time_identifier for each in mine], period),
    }
    for at, name in enumerate(GEOGRAPHY_COLUMNS):
        columns[name] = _words([each.columns[at] for each in chosen], place)
    for each in data_set.filters:
        by_name = {
            "education_phase": (EDUCATION_PHASES, phase),
            "time_frame": ([span.time_frame for span in mine], period),
        }
        words, at = by_name.get(
            each.column, ([one.filters.get(each.column, "") for one in data_set.items], item)
        )
        columns[each.column] = _words(words, at)
    counts = _counts(data_set, shape, random, mine, chosen)
    for indicator in data_set.indicators:
        values, status = _indicator(data_set, indicator.column, counts, period, item, mine)
        if indicator.column != "reference_date":
            if data_set.name != "schools_submitting":
                status = np.where(hidden & (status == SHOWN), WITHHELD, status)
            values = np.where(status == SHOWN, values, np.nan)
        columns[indicator.column] = values
        columns[indicator.column + STATUS_SUFFIX] = pd.Categorical.from_codes(status, STATUSES)
    return ProtectedTable(data_set, pd.DataFrame(columns))


ABSENCE = {"Primary": 0.049, "Secondary": 0.083, "Special": 0.124, "All schools": 0.066}
SIZE = {"Primary": 0.54, "Secondary": 0.44, "Special": 0.02, "All schools": 1.0}
SHARES = {
    "All possible sessions": 1, "Overall attendance": None, "All present": None,
    "Overall absence": "a", "All authorised": 0.71, "All unauthorised": 0.29,
    "Illness (i)": 0.52, "Medical dental (m)": 0.06, "Unauthorised holiday (g)": 0.05,
    "Other unauthorised (o)": 0.2, "No reason yet (n)": 0.03, "Other authorised (c)": 0.06,
}  # fmt: skip


def _counts(
    data_set: DataSet,
    shape: tuple[int, ...],
    random: np.random.Generator,
    mine: Sequence[Period],
    chosen: Sequence[Location],
) -> dict[str, np.ndarray]:
    """measure name -> counts over (period, place, phase)."""
    of_level = {Level.NATIONAL: 6.6e7, Level.REGIONAL: 7.2e6, Level.LOCAL_AUTHORITY: 4.3e5}
    size = np.array([of_level[each.level] for each in chosen])
    days = np.array([len(each.days) for each in mine]) / 5
    share = np.array([SIZE[each] for each in EDUCATION_PHASES])
    possible = days[:, None, None] * size[None, :, None] * share[None, None, :]
    drift = 1 + 0.02 * np.array([each.first_day.timetuple().tm_yday % 60 / 6 for each in mine])
    local = 1 + 0.06 * random.standard_normal(len(chosen)) * (size < 6e7)
    base = np.array([ABSENCE[each] for each in EDUCATION_PHASES])
    absent = drift[:, None, None] * local[None, :, None] * base[None, None, :]
    found: dict[str, np.ndarray] = {}
    for measure in data_set.measures:
        if isinstance(measure, SchoolMeasure):
            schools = possible / days[:, None, None] / 6.6e7 * 21_900
            found[measure.name] = np.round(schools * (0.96 if "submitted" in measure.name else 1))
        elif isinstance(measure, AbsenteeMeasure):
            part = {0: 1.0, 10: 0.175, 50: 0.022}[measure.percent_missed]
            found[measure.name] = _tens(possible / days[:, None, None] / 10 * part * absent / 0.066)
        else:
            found[measure.name] = _tens(possible * _share(measure.label, absent))
    return found


def _share(label: str, absent: np.ndarray) -> np.ndarray:
    if label == "All possible sessions":
        return np.ones_like(absent)
    if label in ("Overall attendance", "All present"):
        return 1 - absent
    if label == "Overall absence":
        return absent
    kind = SHARES.get(label, 0.002)
    return absent * float(kind if isinstance(kind, float) else 0.002)


def _tens(counts: np.ndarray) -> np.ndarray:
    return np.floor(counts / 10 + 0.5) * 10


def _indicator(
    data_set: DataSet,
    column: str,
    counts: dict[str, np.ndarray],
    period: np.ndarray,
    item: np.ndarray,
    mine: Sequence[Period],
) -> tuple[np.ndarray, np.ndarray]:
    values, status = np.zeros(len(item)), np.full(len(item), SHOWN)
    if column == "reference_date":
        dates = np.array([str(each.reference_date or "") for each in mine], dtype=object)[period]
        return dates, np.where(dates == "", STATUSES.index("empty"), SHOWN)
    for at, each in enumerate(data_set.items):
        figure, chosen = each.figures[column], item == at
        if isinstance(figure, Count):
            values[chosen] = counts[figure.measure].ravel()
        elif isinstance(figure, Rate):
            values[chosen] = (100 * counts[figure.numerator] / counts[figure.denominator]).ravel()
        elif isinstance(figure, Fixed):
            status[chosen] = STATUSES.index(figure.value)
    return values, status


def _words(words: Sequence[str], at: np.ndarray) -> pd.Categorical:
    distinct = list(dict.fromkeys(words))
    numbers = np.array([distinct.index(word) for word in words])
    return pd.Categorical.from_codes(numbers[at], distinct)


if __name__ == "__main__":
    make_picture(Path(sys.argv[1]))
