"""The work of the comparison as SQL, for DuckDB and for Spark: up to the sums of enrolments.

Written for speed as well as for reading. Every mark is read, joined and kept once, as narrow as
can be (`week_marks`); sessions are counted from it by school, and everything else from the sums of
each enrolment and week (`enrolment_weeks`), of which there are a fifth as many. Only what a later
batch brought again is told apart from what it replaces. `plain_sql_counts` goes on from here.
"""

from __future__ import annotations

import pandas as pd
from plain_groups import (
    FSM,
    OTHER_YEARS,
    SEN,
    SEX,
    TRANSITION,
    YEAR_GROUPS,
    YEARS,
    YES_NO,
    ethnicity_leaves,
    first_leaves,
    members,
    minor_groups,
)
from plain_places import census, held_schools, parts
from plain_work import SUMS, Asked, Stretch, pairs

PREPARED = ("homes", "later", "enrolments", "counted_days")
"""Tables that are made once, in order."""


def prepared(name: str, asked: Asked) -> str:
    """The query of one of `PREPARED`."""
    match name:
        case "homes":
            return "SELECT date, MIN(received) AS home FROM marks GROUP BY date"
        case "later":
            return later()
        case "enrolments":
            return enrolments(asked)
        case _:
            return counted_days()


def small_tables(asked: Asked) -> dict[str, pd.DataFrame]:
    """Lists that are joined, by name."""
    leaves = ethnicity_leaves()
    ethnicities = pd.DataFrame({"code": list(leaves), "leaf": list(leaves.values())})
    schools = pd.read_parquet(asked.plain / "schools.parquet")
    return {
        "days": asked.days(),
        "pairs": pairs(),
        "ethnicities": ethnicities,
        "held": held_schools(schools),
        "parts": parts(schools),
        "members": members(),
        "census": census(asked),
    }


def typed(table: str) -> str:
    """The columns of a small table, no wider than they need be."""
    return {
        "days": ", ".join(f"CAST({each} AS DATE) AS {each}" for each in ("date", "week", "part")),
        "pairs": ", ".join(
            f"CAST({each} AS SMALLINT) AS {each}" for each in ("am", "pm", *SUMS[:3])
        ),
        "ethnicities": "code, CAST(leaf AS SMALLINT) AS leaf",
        "held": "CAST(urn AS INTEGER) AS urn, CAST(area AS SMALLINT) AS area, "
        "CAST(holding AS INTEGER) AS holding, CAST(alone AS SMALLINT) AS alone",
        "parts": ", ".join(
            f"CAST({each} AS SMALLINT) AS {each}" for each in ("area", "place", "wide")
        ),
        "members": "CAST(leaf AS SMALLINT) AS leaf, CAST(item AS SMALLINT) AS item",
        "census": "CAST(place AS SMALLINT) AS place, schools",
    }[table]


def later() -> str:
    """The latest of the marks that did not come with the first of their day: few of all marks."""
    return """SELECT marks.urn, marks.pupil, marks.date,
    MAX_BY(marks.am, marks.received) AS am, MAX_BY(marks.pm, marks.received) AS pm
FROM marks
JOIN homes ON homes.date = marks.date
WHERE marks.received > homes.home
GROUP BY marks.urn, marks.pupil, marks.date"""


def enrolments(asked: Asked) -> str:
    """The latest record of every pupil who counts, numbered, and between which days.

    `several`: the pupil has more than one. Of all others there are as many pupils as enrolments;
    only of these pupils need be told apart.
    """
    year = asked.year
    leaves = ",\n    ".join(
        f"CAST({first} + {_leaf(each)} AS SMALLINT) AS {each}"
        for each, first in first_leaves().items()
    )
    return f"""SELECT CAST(ROW_NUMBER() OVER (ORDER BY pupils.urn) AS INTEGER) AS number,
    COUNT(*) OVER (PARTITION BY pupils.pupil) > 1 AS several,
    pupils.urn, pupils.pupil, held.area,
    COALESCE(pupils.admission_date, DATE '{year.series_start}') AS first_day,
    LEAST(
        COALESCE(pupils.leaving_date, DATE '{year.last_day}'),
        CASE WHEN {year.start} - pupils.cohort = 15 THEN DATE '{asked.before_leaving}'
            ELSE DATE '{year.last_day}' END
    ) AS last_day,
    {leaves}
FROM (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY urn, pupil ORDER BY received DESC) AS record
    FROM pupils
) AS pupils
JOIN held ON held.urn = pupils.urn
LEFT JOIN ethnicities ON ethnicities.code = pupils.ethnicity
WHERE pupils.record = 1 AND {year.start} - pupils.cohort BETWEEN 5 AND 15"""


def counted_days() -> str:
    """Days of the year to date that an approval covers, by school."""
    return """SELECT DISTINCT approvals.urn, days.date, days.week
FROM approvals
JOIN days ON days.date >= approvals.approved_from
    AND (approvals.approved_to IS NULL OR days.date <= approvals.approved_to)"""


def week_marks(stretch: Stretch | None = None) -> str:
    """The marks that count, by number of the enrolment; of some weeks, or all."""
    first = again = ""
    if stretch:
        again = f" WHERE date BETWEEN DATE '{stretch.first}' AND DATE '{stretch.last}'"
        moments = f"TIMESTAMP '{stretch.earliest}' AND TIMESTAMP '{stretch.latest}'"
        first = f"{again} AND received BETWEEN {moments}"
    return f"""SELECT enrolments.number, enrolments.urn, days.week, latest.date,
    latest.am, latest.pm
FROM (
    SELECT brought.urn, brought.pupil, brought.date, brought.am, brought.pm
    FROM (SELECT * FROM marks{first}) AS brought
    ANTI JOIN (SELECT * FROM later{again}) AS later ON later.urn = brought.urn
        AND later.pupil = brought.pupil AND later.date = brought.date
    UNION ALL
    SELECT urn, pupil, date, am, pm FROM later{again}
) AS latest
JOIN counted_days AS days ON days.urn = latest.urn AND days.date = latest.date
JOIN enrolments ON enrolments.urn = latest.urn AND enrolments.pupil = latest.pupil
    AND latest.date BETWEEN enrolments.first_day AND enrolments.last_day"""


def school_codes() -> str:
    """How many marks there are of each pair of codes, by school and day."""
    return """SELECT urn, date, am, pm, COUNT(*) AS pupils
FROM week_marks
GROUP BY urn, date, am, pm"""


def school_days() -> str:
    """Possible sessions of each school and day, and enrolments that have one."""
    return """SELECT codes.urn, codes.date, SUM(codes.pupils * pairs.possible) AS possible,
    SUM(codes.pupils) AS enrolments
FROM school_codes AS codes
JOIN pairs ON pairs.am = codes.am AND pairs.pm = codes.pm
GROUP BY codes.urn, codes.date"""


def enrolment_weeks() -> str:
    """The sums of each enrolment and week in which it has a possible session."""
    sums = ", ".join(f"CAST(SUM(pairs.{each}) AS SMALLINT) AS {each}" for each in SUMS[:3])
    return f"""SELECT marks.number, marks.week, {sums},
    CAST(COUNT(*) AS SMALLINT) AS enrolment_days
FROM week_marks AS marks
JOIN pairs ON pairs.am = marks.am AND pairs.pm = marks.pm
GROUP BY marks.number, marks.week"""


def _leaf(group: str) -> str:
    match group:
        case "sex":
            return _place_of("sex", SEX[:-1])
        case "fsm_with_sen":
            return f"{len(SEN)} * {_yes_no('free_school_meals', len(FSM))} + {_SEN}"
        case "ethnicity":
            return f"COALESCE(ethnicities.leaf, {len(minor_groups()) - 1})"
        case "year_group":
            other, unknown = len(YEARS) - 2, len(YEARS) - 1
            rest = f"WHEN pupils.year_group IN ({_texts(OTHER_YEARS)}) THEN {other} ELSE {unknown}"
            year = _place_of("year_group", YEAR_GROUPS, f"CASE {rest} END")
            divided = f"pupils.year_group IN ({_texts(TRANSITION)})"
            return f"{len(SEN)} * ({year}) + CASE WHEN {divided} THEN {_SEN} ELSE 0 END"
        case _:
            return _yes_no(group, len(YES_NO[group]))


_SEN = (
    "CASE WHEN pupils.ehc_plan THEN 0 WHEN pupils.sen_support THEN 1 "
    "WHEN NOT pupils.ehc_plan AND NOT pupils.sen_support THEN 2 ELSE 3 END"
)


def _yes_no(field: str, items: int) -> str:
    return f"CASE WHEN pupils.{field} THEN 0 WHEN NOT pupils.{field} THEN 1 ELSE {items - 1} END"


def _place_of(field: str, texts: tuple[str, ...], otherwise: str | None = None) -> str:
    cases = " ".join(f"WHEN '{text}' THEN {place}" for place, text in enumerate(texts))
    return f"CASE pupils.{field} {cases} ELSE {otherwise or len(texts)} END"


def _texts(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)
