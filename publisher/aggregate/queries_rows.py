"""From school-days to rows: which rows exist, and what each measure counts in them.

Sources: method, sections 3, 4, 5 and 7. Every function returns one step.
"""

from __future__ import annotations

from collections.abc import Sequence

from publisher.aggregate.engine import Step, StepKind
from publisher.aggregate.queries_enrolments import ALL_PUPILS
from publisher.model.definitions import AbsenteeMeasure, SessionMeasure
from publisher.reference.codes import register_codes

ROW = "period, location, education_phase"


def row_steps(
    sessions: Sequence[SessionMeasure], absentees: Sequence[AbsenteeMeasure]
) -> tuple[Step, ...]:
    """The steps from school-days to the counts of each row, in order."""
    of_absentees = (authority_absentees(absentees), row_absentees(absentees))
    return (
        area_days(),
        open_rows(),
        row_schools(),
        row_census(),
        *((authority_days(sessions), row_sessions(sessions)) if sessions else ()),
        *(of_absentees if absentees else ()),
    )


def area_days() -> Step:
    """An area has a row for a day when at least one of its schools submits."""
    return Step(
        "area_days",
        "Schools submitting and their enrolments, by area, phase and day",
        """SELECT members.location, members.education_phase, members.reach, days.date,
    CAST(SUM(days.schools) AS BIGINT) AS schools,
    CAST(SUM(days.enrolments) AS BIGINT) AS enrolments
FROM (
    SELECT authority, phase, date, COUNT(*) AS schools, SUM(enrolments) AS enrolments
    FROM open_school_days
    GROUP BY authority, phase, date
) AS days
JOIN row_members AS members
    ON members.authority = days.authority AND members.phase = days.phase
GROUP BY members.location, members.education_phase, members.reach, days.date""",
    )


def open_rows() -> Step:
    """A longer period has a row when any of the days it includes has one (method, section 7)."""
    return Step(
        "open_rows",
        "Promised rows that exist: their days, schools over these days and most enrolments a day",
        f"""SELECT rows.period, rows.location, rows.education_phase, rows.reach, rows.kind,
    rows.level, rows.position, rows.member, rows.place, COUNT(*) AS days,
    CAST(SUM(areas.schools) AS BIGINT) AS school_days,
    CAST(SUM(areas.enrolments) AS BIGINT) AS enrolment_days,
    MAX(areas.enrolments) AS most_enrolments
FROM promised_rows AS rows
JOIN period_days AS included
    ON included.period = rows.period AND included.reach = rows.reach
JOIN area_days AS areas
    ON areas.location = rows.location AND areas.education_phase = rows.education_phase
    AND areas.date = included.date
GROUP BY {_of("rows", f"{ROW}, reach, kind, level, position, member, place")}""",
    )


def row_schools() -> Step:
    """Mean over the days on which the row's area has a row, half away from zero."""
    return Step(
        "row_schools",
        "Schools submitting: mean of the daily numbers, to the nearest whole school",
        f"""SELECT {ROW}, (2 * school_days + days) // (2 * days) AS submitting
FROM open_rows""",
    )


def row_census() -> Step:
    """Null where the census has no number for any part of the row."""
    return Step(
        "row_census",
        "Schools and pupils in the school census, by area and phase",
        """SELECT members.location, members.education_phase,
    CAST(SUM(census.schools) AS BIGINT) AS in_census, CAST(SUM(census.pupils) AS BIGINT) AS pupils
FROM census
JOIN row_members AS members
    ON members.authority = census.location AND members.phase = census.education_phase
GROUP BY members.location, members.education_phase""",
    )


def census_pupils() -> Step:
    """Public denominators of weighted totals."""
    return Step(
        "census_pupils",
        "Pupils in the school census",
        """SELECT location, education_phase, pupils
FROM row_census
WHERE pupils IS NOT NULL
ORDER BY location, education_phase""",
        StepKind.ANSWER,
    )


def authority_days(measures: Sequence[SessionMeasure]) -> Step:
    """A session measure is the sum of its codes, whether morning or afternoon."""
    sums = ",\n    ".join(
        f"CAST(SUM(CASE WHEN code_number IN ({_numbers(each.codes)}) THEN sessions ELSE 0 END) "
        f'AS BIGINT) AS "{each.name}"'
        for each in measures
    )
    return Step(
        "authority_days",
        "Sessions of each measure, by authority, phase and day",
        f"""SELECT areas.authority, areas.phase, sums.*
FROM (
    SELECT area, date,
    {sums}
    FROM area_codes
    GROUP BY area, date
) AS sums
JOIN areas ON areas.area = sums.area""",
    )


def row_sessions(measures: Sequence[SessionMeasure]) -> Step:
    """Every included day counts, also one on which no school is open (management codes).

    Days first: a row has many of them, and they are in several periods.
    """
    sums = sums_of("sums", [each.name for each in measures])
    return Step(
        "row_sessions",
        "Sessions of each measure, by row",
        f"""WITH days AS (
    SELECT sums.date, members.location, members.education_phase, members.reach,
    {sums}
    FROM authority_days AS sums
    JOIN row_members AS members
        ON members.authority = sums.authority AND members.phase = sums.phase
    GROUP BY sums.date, members.location, members.education_phase, members.reach
)
SELECT included.period, sums.location, sums.education_phase,
    {sums}
FROM days AS sums
JOIN period_days AS included ON included.date = sums.date AND included.reach = sums.reach
GROUP BY included.period, sums.location, sums.education_phase""",
    )


def authority_absentees(measures: Sequence[AbsenteeMeasure]) -> Step:
    """By area first: an enrolment belongs to the area and phase of its school."""
    return Step(
        "authority_absentees",
        "Enrolments by how much they missed, by authority, phase and period",
        f"""SELECT {absentee_key()}, {sums_of("counts", [each.name for each in measures])}
{ABSENTEES}
WHERE counts.leaf = {ALL_PUPILS}
GROUP BY {absentee_key()}""",
    )


def absentee_key() -> str:
    """Whose enrolments are counted: columns of `ABSENTEES`."""
    return "periods.period, periods.reach, areas.authority, areas.phase"


ABSENTEES = """FROM long_counts AS counts
JOIN long_periods AS periods ON periods.long = counts.long
JOIN areas ON areas.area = counts.area"""


def row_absentees(measures: Sequence[AbsenteeMeasure]) -> Step:
    """An enrolment belongs to the area and phase of its school."""
    sums = sums_of("counts", [each.name for each in measures])
    return Step(
        "row_absentees",
        "Enrolments by how much they missed, by row",
        f"""SELECT counts.period, members.location, members.education_phase,
    {sums}
FROM authority_absentees AS counts
JOIN row_members AS members
    ON members.authority = counts.authority AND members.phase = counts.phase
    AND members.reach = counts.reach
GROUP BY counts.period, members.location, members.education_phase""",
    )


def sums_of(table: str, columns: Sequence[str]) -> str:
    """The sum of each column, under its own name."""
    return ",\n    ".join(
        f'CAST(SUM({table}."{column}") AS BIGINT) AS "{column}"' for column in columns
    )


def _of(table: str, columns: str) -> str:
    return ", ".join(f"{table}.{column}" for column in columns.split(", "))


def _numbers(codes: frozenset[str]) -> str:
    """The stored numbers of register codes.

    Raises:
        KeyError: a code is not in the packaged register.
    """
    numbers = {each.code: each.number for each in register_codes()}
    return ", ".join(str(number) for number in sorted(numbers[code] for code in codes))
