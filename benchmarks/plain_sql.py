"""The work of the comparison as SQL, one query for each output, for DuckDB and for Spark.

Written for speed as well as for reading: places and groups are small numbers, what batches
corrected is looked for once, and no query sorts all marks.
"""

from __future__ import annotations

import pandas as pd
from plain_work import (
    FSM,
    LEAVES,
    OTHER_YEARS,
    PROFILES,
    SEN,
    SEX,
    SUMS,
    YEAR_GROUPS,
    YEARS,
    YES_NO,
    Asked,
    ethnicity_leaves,
    minor_groups,
)

from publisher.model.phases import PUBLISHED_PHASES

PREPARED = ("school_days", "corrected", "places", "enrolments", "counted_days")
"""Tables that are made once, in order; `latest` is a view."""


def prepared(name: str, asked: Asked) -> str:
    """The query of one of `PREPARED`."""
    match name:
        case "school_days":
            return school_days()
        case "corrected":
            return corrected()
        case "places":
            return places()
        case "enrolments":
            return enrolments(asked)
        case _:
            return counted_days()


def ethnicities() -> pd.DataFrame:
    """`code`, `leaf`."""
    leaves = ethnicity_leaves()
    return pd.DataFrame({"code": list(leaves), "leaf": list(leaves.values())})


def typed(table: str) -> str:
    """The columns of a small table, no wider than they need be."""
    return {
        "days": "CAST(date AS DATE) AS date, CAST(week AS DATE) AS week",
        "pairs": ", ".join(
            f"CAST({each} AS SMALLINT) AS {each}" for each in ("am", "pm", *SUMS[:3])
        ),
        "ethnicities": "code, CAST(leaf AS TINYINT) AS leaf",
    }[table]


def school_days() -> str:
    """The batch that brought a school's day first."""
    return "SELECT urn, date, MIN(received) AS first_received FROM marks GROUP BY urn, date"


def corrected() -> str:
    """Marks that a later batch brought for a day that the school had sent: few of all marks."""
    return """SELECT marks.urn, marks.pupil, marks.date,
    MAX_BY(marks.am, marks.received) AS am, MAX_BY(marks.pm, marks.received) AS pm
FROM marks
JOIN school_days ON school_days.urn = marks.urn AND school_days.date = marks.date
WHERE marks.received > school_days.first_received
GROUP BY marks.urn, marks.pupil, marks.date"""


def latest() -> str:
    """One row per pupil and day."""
    return """SELECT marks.urn, marks.pupil, marks.date, marks.am, marks.pm
FROM marks
WHERE NOT EXISTS (
    SELECT 1 FROM corrected WHERE corrected.urn = marks.urn
        AND corrected.pupil = marks.pupil AND corrected.date = marks.date
)
UNION ALL
SELECT urn, pupil, date, am, pm FROM corrected"""


def places() -> str:
    """Authorities and phases, numbered."""
    return f"""SELECT authority, phase,
    CAST(ROW_NUMBER() OVER (ORDER BY authority, phase) AS SMALLINT) AS place
FROM (
    SELECT DISTINCT location AS authority, education_phase AS phase FROM schools
    WHERE education_phase IN ({_texts(PUBLISHED_PHASES)})
) AS found"""


def enrolments(asked: Asked) -> str:
    """The latest record of every pupil who counts, and between which days."""
    year = asked.year
    leaves = ",\n    ".join(f"CAST({_leaf(each)} AS TINYINT) AS {each}" for each in LEAVES)
    return f"""SELECT pupils.urn, pupils.pupil, places.place,
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
JOIN schools ON schools.urn = pupils.urn
JOIN places ON places.authority = schools.location AND places.phase = schools.education_phase
LEFT JOIN ethnicities ON ethnicities.code = pupils.ethnicity
WHERE pupils.record = 1 AND {year.start} - pupils.cohort BETWEEN 5 AND 15"""


def counted_days() -> str:
    """Days of the year to date that an approval covers."""
    return """SELECT school_days.urn, school_days.date, days.week
FROM school_days
JOIN days ON days.date = school_days.date
WHERE EXISTS (
    SELECT 1 FROM approvals
    WHERE approvals.urn = school_days.urn AND approvals.approved_from <= school_days.date
        AND (approvals.approved_to IS NULL OR school_days.date <= approvals.approved_to)
)"""


_COUNTED = """FROM latest
JOIN counted_days ON counted_days.urn = latest.urn AND counted_days.date = latest.date
JOIN enrolments ON enrolments.urn = latest.urn AND enrolments.pupil = latest.pupil
    AND latest.date BETWEEN enrolments.first_day AND enrolments.last_day"""
_POSSIBLE = f"{_COUNTED}\nJOIN pairs ON pairs.am = latest.am AND pairs.pm = latest.pm"


def sessions() -> str:
    """Output A."""
    return f"""WITH by_pair AS (
    SELECT enrolments.place, latest.date, latest.am, latest.pm, COUNT(*) AS pupils
    {_COUNTED}
    GROUP BY enrolments.place, latest.date, latest.am, latest.pm
), by_code AS (
    SELECT place, date, am AS code, pupils FROM by_pair WHERE am <> 0
    UNION ALL
    SELECT place, date, pm AS code, pupils FROM by_pair WHERE pm <> 0
)
SELECT places.authority, places.phase, by_code.date, by_code.code,
    CAST(SUM(by_code.pupils) AS BIGINT) AS sessions
FROM by_code JOIN places ON places.place = by_code.place
GROUP BY places.authority, places.phase, by_code.date, by_code.code"""


def absentees() -> str:
    """Output B."""
    return f"""WITH by_enrolment AS (
    SELECT enrolments.place, latest.urn, latest.pupil, SUM(pairs.possible) AS possible,
        SUM(pairs.authorised + pairs.unauthorised) AS missed
    {_POSSIBLE}
    GROUP BY enrolments.place, latest.urn, latest.pupil
)
SELECT places.authority, places.phase, COUNT(*) AS enrolments,
    CAST(SUM(CASE WHEN 10 * missed >= possible THEN 1 ELSE 0 END) AS BIGINT) AS persistent,
    CAST(SUM(CASE WHEN 2 * missed >= possible THEN 1 ELSE 0 END) AS BIGINT) AS severe
FROM by_enrolment JOIN places ON places.place = by_enrolment.place
WHERE possible > 10
GROUP BY places.authority, places.phase"""


def groups() -> str:
    """Output C, by profile: of the columns of `PROFILES` those of one have numbers."""
    columns = ", ".join(f"enrolments.{each}" for each in LEAVES)
    sets = ",\n    ".join(
        f"(enrolments.place, counted_days.week, {', '.join(profile)})" for profile in PROFILES
    )
    return f"""SELECT enrolments.place, counted_days.week, {columns}, {_SUMS}
{_POSSIBLE}
GROUP BY GROUPING SETS (
    {sets}
)"""


def leaves_of(group: str) -> str:
    """The counts of one group of topics, from the rows of `groups`, called `profiles`."""
    sums = ", ".join(f"CAST(SUM(profiles.{each}) AS BIGINT) AS {each}" for each in SUMS)
    return f"""SELECT places.authority, places.phase, profiles.week, profiles.{group} AS leaf,
    {sums}
FROM profiles JOIN places ON places.place = profiles.place
WHERE profiles.{group} IS NOT NULL
GROUP BY places.authority, places.phase, profiles.week, profiles.{group}"""


_SUMS = """CAST(SUM(pairs.possible) AS BIGINT) AS possible,
        CAST(SUM(pairs.authorised) AS BIGINT) AS authorised,
        CAST(SUM(pairs.unauthorised) AS BIGINT) AS unauthorised, COUNT(*) AS enrolment_days"""


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
            return _place_of("year_group", YEAR_GROUPS, f"CASE {rest} END")
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
