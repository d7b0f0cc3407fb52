"""From weeks that count to sums of enrolments: what each missed, alone and in groups of pupils.

Every function returns one step, made anew for each part of the schools.
"""

from __future__ import annotations

from publisher.aggregate.engine import Step
from publisher.aggregate.lanes import EVERY_DAY, halves_among, halves_of_day
from publisher.aggregate.packed import packed, unpacked
from publisher.aggregate.queries_pupils import fate
from publisher.aggregate.spans import SPAN_BITS, SPANS
from publisher.model.accounting import Fate
from publisher.reference.codes import codes_in, possible_codes
from publisher.reference.register_weeks import WEEKDAYS, halves_of

ALL_PUPILS = -1
"""The leaf of everyone."""
ORDINARY_COUNTS = """FROM ordinary_enrolments AS counts
JOIN part_school_weeks AS schools
    ON schools.urn = counts.urn AND schools.number = counts.number"""
"""Enrolments with an ordinary week, beside what such a week of the school says."""
_COUNTED = fate(Fate.COUNTED)


def week_kinds() -> Step:
    """Few kinds of week stand for all: their marks are looked at once.

    `sessions`: possible sessions, authorised and unauthorised absences; `days`: days with a
    possible session, and one week; `possible_early`, `possible_late`: possible sessions of each
    day; `open_early`, `open_late`: one for each day that has any (`packed`, `EARLY`, `LATE`).
    """
    possible = halves_of(possible_codes())
    kinds = (possible_codes(), codes_in("authorised absence"), codes_in("unauthorised absence"))
    by_day = [halves_among(possible, "marks", halves_of_day(day)) for day in EVERY_DAY]
    is_open = [f"(CASE WHEN {each} > 0 THEN 1 ELSE 0 END)" for each in by_day]
    sums = {
        "sessions": packed(*(halves_among(halves_of(codes), "marks") for codes in kinds)),
        "days": packed(f"({' + '.join(is_open)})", "1"),
        "possible_early": packed(*(by_day[day] for day in EARLY)),
        "possible_late": packed(*(by_day[day] for day in LATE)),
        "open_early": packed(*(is_open[day] for day in EARLY)),
        "open_late": packed(*(is_open[day] for day in LATE)),
    }
    columns = ",\n    ".join(f"{sql} AS {name}" for name, sql in sums.items())
    return Step(
        "week_kinds",
        "Kinds of week: possible sessions, absences, and days with a possible session",
        f"""SELECT marks,
    {columns}
FROM (
    SELECT marks FROM fate_marks WHERE fate = {_COUNTED}
    UNION
    SELECT weeks.marks & slices.lanes AS marks
    FROM judged_weeks AS weeks
    JOIN week_slices AS slices ON slices.number = weeks.number
    CROSS JOIN plain_weeks AS plain
    WHERE weeks.fate = {_COUNTED} AND (plain.weeks >> CAST(weeks.number AS INTEGER)) & 1 = 0
) AS kinds""",
    )


EARLY, LATE = EVERY_DAY[:3], EVERY_DAY[3:]
"""The days of a week, as many as can be counted in one number."""


def enrolment_weeks() -> Step:
    """Sessions of each enrolment in its other weeks, by group of days of `week_slices`.

    A row for each enrolment and slice with a possible session, unique.
    """
    return Step(
        "enrolment_weeks",
        "Possible sessions, absences and days of each enrolment in its other weeks",
        f"""SELECT weeks.urn, weeks.pupil, slices.slice, weeks.profile, kinds.sessions, kinds.days
FROM judged_weeks AS weeks
JOIN week_slices AS slices ON slices.number = weeks.number
JOIN week_kinds AS kinds ON kinds.marks = weeks.marks & slices.lanes
WHERE weeks.fate = {_COUNTED} AND {unpacked("kinds.sessions", 0)} > 0""",
    )


def ordinary_possible() -> Step:
    """Weeks by the binary digits of their possible sessions: counting bits then adds them up."""
    possible = unpacked("sessions", 0)
    columns = ", ".join(
        f"BIT_OR(CASE WHEN ({possible} >> {digit}) & 1 = 1 THEN bit ELSE CAST(0 AS BIGINT) END) "
        f"AS digit{digit}"
        for digit in _DIGITS
    )
    return Step(
        "ordinary_possible",
        "Possible sessions of ordinary weeks, by school",
        f"SELECT urn, {columns}\nFROM part_school_weeks GROUP BY urn",
    )


_DIGITS = range((2 * WEEKDAYS).bit_length())


def enrolment_spans() -> Step:
    """Spans are groups of slices that long periods always take together.

    `possible` and `missed` have the sums of all spans, one beside the other (`SPAN_BITS`).
    Of a part of the schools only: there are more enrolments than fit at once.
    """
    ordinary = "\n        + ".join(
        f"(CAST(BIT_COUNT(weeks.weeks & spans.weeks{span} & schools.digit{digit}) AS BIGINT) "
        f"<< {SPAN_BITS * span + digit})"
        for span in range(SPANS)
        for digit in _DIGITS
    )
    possible, authorised, unauthorised = (unpacked("weeks.sessions", place) for place in range(3))
    return Step(
        "enrolment_spans",
        "Possible and missed sessions of each enrolment, by span of weeks",
        f"""SELECT COALESCE(others.urn, ordinary.urn) AS urn,
    COALESCE(others.pupil, ordinary.pupil) AS pupil,
    COALESCE(others.possible, 0) + COALESCE(ordinary.possible, 0) AS possible,
    COALESCE(others.missed, 0) AS missed
FROM (
    SELECT weeks.urn, weeks.pupil, CAST(SUM({possible} * slices.unit) AS BIGINT) AS possible,
        CAST(SUM(({authorised} + {unauthorised}) * slices.unit) AS BIGINT) AS missed
    FROM enrolment_weeks AS weeks
    JOIN slice_spans AS slices ON slices.slice = weeks.slice
    GROUP BY weeks.urn, weeks.pupil
) AS others
FULL JOIN (
    SELECT weeks.urn, weeks.pupil, {ordinary} AS possible
    FROM enrolment_ordinary_weeks AS weeks
    CROSS JOIN span_weeks AS spans
    JOIN ordinary_possible AS schools ON schools.urn = weeks.urn
    WHERE weeks.fate = {_COUNTED} AND weeks.weeks <> 0
) AS ordinary ON ordinary.urn = others.urn AND ordinary.pupil = others.pupil
WHERE COALESCE(others.possible, 0) + COALESCE(ordinary.possible, 0) <> 0""",
        keys=("urn", "pupil"),
        sums=("possible", "missed"),
    )
