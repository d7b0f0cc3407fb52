"""From weeks that count to sums of enrolments: what each missed, alone and in groups of pupils.

Every function returns one step, made anew for each part of the schools.
"""

from __future__ import annotations

from collections.abc import Sequence

from publisher.aggregate.engine import Step
from publisher.aggregate.gathered import gathered
from publisher.aggregate.groups import NumberedGroup
from publisher.aggregate.lanes import (
    days_where,
    days_with_row,
    halves_among,
    has_session,
)
from publisher.aggregate.queries_pupils import fate
from publisher.model.accounting import Fate
from publisher.model.definitions import AbsenteeMeasure
from publisher.reference.codes import codes_in, possible_codes
from publisher.reference.register_weeks import halves_of

ALL_PUPILS = -1
"""The leaf of everyone."""
ORDINARY_COUNTS = """FROM ordinary_enrolments AS counts
JOIN part_school_weeks AS schools
    ON schools.urn = counts.urn AND schools.number = counts.number"""
"""Enrolments with an ordinary week, beside what such a week of the school says."""
_COUNTED = fate(Fate.COUNTED)


def week_kinds() -> Step:
    """Few kinds of week stand for all: their marks are looked at once."""
    counts = {
        "possible": possible_codes(),
        "authorised": codes_in("authorised absence"),
        "unauthorised": codes_in("unauthorised absence"),
    }
    sums = ",\n    ".join(
        f"CAST({halves_among(halves_of(codes), 'marks')} AS INTEGER) AS {name}"
        for name, codes in counts.items()
    )
    days = days_where(lambda day: has_session("marks", day))
    return Step(
        "week_kinds",
        "Kinds of week: possible sessions, absences, and days with a possible session",
        f"""SELECT marks,
    {sums},
    CAST({days} AS INTEGER) AS days
FROM (
    SELECT DISTINCT weeks.marks & slices.lanes AS marks
    FROM judged_weeks AS weeks
    JOIN week_slices AS slices ON slices.number = weeks.number
    WHERE weeks.fate = {_COUNTED}
) AS kinds""",
    )


def enrolment_weeks(groups: Sequence[NumberedGroup]) -> Step:
    """Sessions of each enrolment in its other weeks, by group of days of `week_slices`.

    A row for each enrolment and slice with a possible session, unique.
    """
    leaves = "".join(f", weeks.{each.column}" for each in groups)
    return Step(
        "enrolment_weeks",
        "Possible sessions, absences and days of each enrolment in its other weeks",
        f"""SELECT weeks.urn, weeks.pupil, slices.slice{leaves},
    kinds.possible, kinds.authorised, kinds.unauthorised, kinds.days
FROM judged_weeks AS weeks
JOIN week_slices AS slices ON slices.number = weeks.number
JOIN week_kinds AS kinds ON kinds.marks = weeks.marks & slices.lanes
WHERE weeks.fate = {_COUNTED} AND kinds.possible > 0""",
    )


_SUMMED = ("possible", "authorised", "unauthorised", "enrolment_days", "enrolments")


def school_leaves(groups: Sequence[NumberedGroup]) -> Step:
    """Numbers of enrolments are of single slices; over several a pupil may come and go."""
    summed = ("possible", "authorised", "unauthorised")
    columns = {**dict(zip(summed, summed, strict=True)), "days": "enrolment_days"}
    sums = ", ".join(f"CAST(SUM({each}) AS INTEGER) AS {name}" for each, name in columns.items())
    others = [
        f"SELECT urn, slice, {leaf} AS leaf, {sums}, "
        "CAST(COUNT(*) AS INTEGER) AS enrolments\nFROM enrolment_weeks "
        f"GROUP BY urn, slice{'' if leaf == str(ALL_PUPILS) else ', ' + leaf}"
        for leaf in (str(ALL_PUPILS), *(each.column for each in groups))
    ]
    possible = halves_of(possible_codes())
    days = days_with_row("schools.present")
    every = ", ".join(f"CAST(SUM({each}) AS BIGINT) AS {each}" for each in _SUMMED)
    return gathered(
        "school_leaves",
        "Sessions, days and enrolments of each school and its groups of pupils, by group of days",
        f"""SELECT urn, slice, CAST(leaf AS SMALLINT) AS leaf, {every}
FROM (
{" UNION ALL ".join(others)}
UNION ALL
SELECT counts.urn, slices.slice, counts.leaf,
    CAST(counts.enrolments * {halves_among(possible, "schools.present")} AS INTEGER), 0, 0,
    CAST(counts.enrolments * ({days}) AS INTEGER), counts.enrolments
{ORDINARY_COUNTS}
JOIN week_slices AS slices ON slices.number = counts.number
WHERE counts.leaf >= {ALL_PUPILS}
) AS sums
GROUP BY urn, slice, leaf""",
        keys=("urn", "slice", "leaf"),
        sums=_SUMMED,
    )


def ordinary_possible(weeks: int) -> Step:
    """Possible sessions of an ordinary week of each school, a column for each week."""
    possible = halves_among(halves_of(possible_codes()), "present")
    columns = ", ".join(
        f"CAST(SUM(CASE WHEN number = {n} THEN {possible} ELSE 0 END) AS INTEGER) AS p{n}"
        for n in range(weeks)
    )
    return Step(
        "ordinary_possible",
        "Possible sessions of an ordinary week, by school, a column for each week",
        f"SELECT urn, {columns}\nFROM part_school_weeks GROUP BY urn",
    )


def enrolment_spans(weeks: int) -> Step:
    """Spans are groups of slices that long periods always take together.

    Gathered anew for each part of the schools: there are more enrolments than fit at once.
    """
    total = " + ".join(f"((weeks >> {n}) & 1) * p{n}" for n in range(weeks))
    columns = ", ".join(f"schools.p{n}" for n in range(weeks))
    return gathered(
        "enrolment_spans",
        "Possible and missed sessions of each enrolment, by span of weeks",
        f"""SELECT urn, pupil, span, CAST(SUM(possible) AS INTEGER) AS possible,
    CAST(SUM(missed) AS INTEGER) AS missed
FROM (
    SELECT weeks.urn, weeks.pupil, slices.span, SUM(weeks.possible) AS possible,
        SUM(weeks.authorised + weeks.unauthorised) AS missed
    FROM enrolment_weeks AS weeks
    JOIN slice_spans AS slices ON slices.slice = weeks.slice
    GROUP BY weeks.urn, weeks.pupil, slices.span
    UNION ALL
    SELECT urn, pupil, span, {total} AS possible, 0 AS missed
    FROM (
        SELECT weeks.urn, weeks.pupil, spans.span, weeks.weeks & spans.weeks AS weeks, {columns}
        FROM enrolment_ordinary_weeks AS weeks
        CROSS JOIN span_weeks AS spans
        JOIN ordinary_possible AS schools ON schools.urn = weeks.urn
        WHERE weeks.fate = {_COUNTED} AND (weeks.weeks & spans.weeks) <> 0
    ) AS ordinary
) AS sums
WHERE possible > 0
GROUP BY urn, pupil, span""",
        keys=("urn", "pupil", "span"),
        sums=("possible", "missed"),
    )


def long_enrolments(groups: Sequence[NumberedGroup], measures: Sequence[AbsenteeMeasure]) -> Step:
    """Short periods are left out: nobody is persistently absent in a week.

    Compared as integers: missing exactly the percentage counts (method, section 5).
    """
    leaves = "".join(f", enrolments.{each.column}" for each in groups)
    flags = "".join(
        f""",
    CASE WHEN sums.possible > {each.more_than_possible}
        AND 100 * sums.missed >= {each.percent_missed} * sums.possible
        THEN 1 ELSE 0 END AS "{each.name}\""""
        for each in measures
    )
    return Step(
        "long_enrolments",
        "Enrolments with a possible session in the year to date or a term, and who missed much",
        f"""SELECT schools.area, sums.long{leaves}{flags}
FROM (
    SELECT spans.urn, spans.pupil, included.long, SUM(spans.possible) AS possible,
        SUM(spans.missed) AS missed
    FROM enrolment_spans AS spans
    JOIN long_spans AS included ON included.span = spans.span
    GROUP BY spans.urn, spans.pupil, included.long
) AS sums
JOIN part_enrolments AS enrolments
    ON enrolments.urn = sums.urn AND enrolments.pupil = sums.pupil
JOIN published_schools AS schools ON schools.urn = sums.urn""",
    )


def long_counts(groups: Sequence[NumberedGroup], measures: Sequence[AbsenteeMeasure]) -> Step:
    """What an enrolment missed is a share of its own possible sessions, whatever its group."""
    sums = "".join(f', SUM("{each.name}") AS "{each.name}"' for each in measures)
    return gathered(
        "long_counts",
        "Enrolments by how much they missed, by authority, phase and group of pupils",
        "\nUNION ALL\n".join(
            f"SELECT area, long, CAST({leaf} AS SMALLINT) AS leaf, COUNT(*) AS enrolments{sums}\n"
            f"FROM long_enrolments\nGROUP BY area, long"
            f"{'' if leaf == str(ALL_PUPILS) else ', ' + leaf}"
            for leaf in (str(ALL_PUPILS), *(each.column for each in groups))
        ),
        keys=("area", "long", "leaf"),
        sums=("enrolments", *(f'"{each.name}"' for each in measures)),
    )
