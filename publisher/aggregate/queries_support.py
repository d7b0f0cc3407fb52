"""Whose evidence is counted: everyone's, or of a release that goes on, that of what changed.

Who stands behind a row depends on the school-days of its areas and on who holds their schools. A
row of which neither differs keeps the evidence that it had. `kept_schools` and so on are what the
earlier release knew. Every function returns one step.
"""

from __future__ import annotations

from collections.abc import Sequence

from publisher.aggregate.engine import Step, StepKind
from publisher.model.time import PeriodKind

ROW = ("period", "location", "education_phase")
OF_ROW = """kept_periods AS periods ON periods.past = kept.period
JOIN open_rows AS rows ON rows.period = periods.now AND rows.location = kept.location
    AND rows.education_phase = kept.education_phase"""
"""The `rows` that a row of `kept` is of; to be joined."""
HOLDINGS = ("schools", "holdings", "largest_holding", "second_holding")
_OF_ROWS = (*HOLDINGS, "possible", "most_enrolments")


def every_row() -> tuple[Step, ...]:
    """The steps that say whose evidence is counted where nothing was kept."""
    return (
        Step(
            "fresh_parts",
            "Parts of the rows whose evidence is counted",
            "SELECT *\nFROM open_parts",
            StepKind.VIEW,
        ),
    )


def changed_rows_only() -> tuple[Step, ...]:
    """The steps that find the rows that may have other evidence than they had then, in order."""
    return (
        schools_of_both(),
        moved_areas(),
        changed_count_days(),
        changed_area_days(),
        kept_periods(),
        changed_periods(),
        other_rows(),
        changed_day_rows(),
        kept_rows(),
        fresh_parts(),
    )


def schools_of_both() -> Step:
    """A school that moved counts in both areas: in one then, in the other now."""
    return Step(
        "schools_of_both",
        "Schools and their areas, now and then",
        """SELECT urn, area FROM published_schools
UNION
SELECT urn, area FROM kept_schools""",
    )


def moved_areas() -> Step:
    """Trusts are few in an area, so all of it is counted."""
    return Step(
        "moved_areas",
        "Areas with a school that is published, or held by another, otherwise than then",
        """SELECT DISTINCT schools.area
FROM schools_of_both AS schools
LEFT JOIN published_schools AS now ON now.urn = schools.urn
LEFT JOIN kept_schools AS past ON past.urn = schools.urn
WHERE now.area IS DISTINCT FROM past.area OR now.holding IS DISTINCT FROM past.holding""",
    )


def changed_count_days() -> Step:
    """Counts are few and are read anew in every release."""
    return Step(
        "changed_count_days",
        "School-days of which only counts are shared that differ from those of then",
        """SELECT COALESCE(now.urn, past.urn) AS urn, COALESCE(now.date, past.date) AS date
FROM count_school_days AS now
FULL JOIN kept_count_school_days AS past ON past.urn = now.urn AND past.date = now.date
WHERE now.enrolments IS DISTINCT FROM past.enrolments
    OR now.possible IS DISTINCT FROM past.possible""",
    )


def changed_area_days() -> Step:
    """A day of one school is a day of its area."""
    return Step(
        "changed_area_days",
        "Areas and days with a school-day that differs from what it was then",
        """SELECT DISTINCT schools.area, days.date
FROM (
    SELECT urn, date FROM changed_register_days
    UNION ALL
    SELECT urn, date FROM changed_count_days
) AS days
JOIN schools_of_both AS schools ON schools.urn = days.urn""",
    )


def kept_periods() -> Step:
    """A term, and the year to date, is called after the week of the release: it goes by number."""
    return Step(
        "kept_periods",
        "Periods as they were called then, and as they are called now",
        f"""SELECT DISTINCT past.period AS past, now.period AS now
FROM known_long_periods AS past
JOIN long_periods AS now ON now.long = past.long
UNION ALL
SELECT DISTINCT period, period
FROM known_period_days
WHERE kind IN ('{PeriodKind.DAY}', '{PeriodKind.WEEK}')""",
    )


def changed_periods() -> Step:
    """A period that is new, or has more days, or of which other days are left out."""
    return Step(
        "changed_periods",
        "Periods that have other days, or groups of days, than they had then",
        f"""{_differing("period_days", "date")}
UNION
{_differing("period_slices", "slice")}""",
    )


def _differing(table: str, unit: str) -> str:
    return f"""SELECT COALESCE(now.period, past.period) AS period,
    COALESCE(now.reach, past.reach) AS reach
FROM {table} AS now
FULL JOIN (
    SELECT periods.now AS period, known.reach, known.{unit}
    FROM known_{table} AS known
    JOIN kept_periods AS periods ON periods.past = known.period
) AS past
    ON past.period = now.period AND past.reach = now.reach AND past.{unit} = now.{unit}
WHERE now.period IS NULL OR past.period IS NULL"""


def other_rows() -> Step:
    """Nothing of what stood behind them needs to be the same."""
    return Step(
        "other_rows",
        "Rows of these periods and areas",
        """SELECT rows.position
FROM open_rows AS rows
JOIN changed_periods AS changed
    ON changed.period = rows.period AND changed.reach = rows.reach
UNION
SELECT parts.position
FROM open_parts AS parts
JOIN moved_areas AS moved ON moved.area = parts.area""",
    )


def changed_day_rows() -> Step:
    """A row of a day, and those of the longer periods that it lies in."""
    return Step(
        "changed_day_rows",
        "Rows with a school-day that differs from what it was then",
        """SELECT DISTINCT parts.position
FROM changed_area_days AS changed
JOIN period_days AS included ON included.date = changed.date
JOIN open_parts AS parts ON parts.period = included.period AND parts.reach = included.reach
    AND parts.area = changed.area""",
    )


def kept_rows() -> Step:
    """Rows are numbered anew in every release."""
    return Step(
        "kept_rows",
        "Rows with the evidence that they had then, and have now",
        f"""SELECT rows.position, {of_kept(_OF_ROWS)}
FROM kept_support_of_rows AS kept
JOIN {OF_ROW}
WHERE {not_in("other_rows")} AND {not_in("changed_day_rows")}""",
    )


def of_kept(columns: Sequence[str]) -> str:
    """Columns of what was kept, as `kept`."""
    return ", ".join(f"kept.{each}" for each in columns)


def not_in(table: str) -> str:
    """That a row of `rows` is not among those of a table."""
    return f"NOT EXISTS (SELECT 1 FROM {table} AS changed WHERE changed.position = rows.position)"


def fresh_parts() -> Step:
    """All rows but those."""
    return Step(
        "fresh_parts",
        "Parts of the rows whose evidence is counted",
        """SELECT parts.*
FROM open_parts AS parts
WHERE NOT EXISTS (SELECT 1 FROM kept_rows AS kept WHERE kept.position = parts.position)""",
    )


def fresh_members() -> Step:
    """What schools are counted by."""
    return Step(
        "fresh_members",
        "Periods and areas of these rows",
        "SELECT DISTINCT member, area\nFROM fresh_parts",
    )


def row_support(*, again: bool) -> Step:
    """Of all rows, whether they were counted now or kept."""
    counted = f"""SELECT counts.position, {", ".join(_OF_ROWS)}
FROM row_contributors AS counts
JOIN row_holdings AS holdings ON holdings.position = counts.position"""
    kept = f"SELECT position, {', '.join(_OF_ROWS)}\nFROM kept_rows"
    return Step(
        "row_support",
        "Schools and holdings of each row, its possible sessions and its largest school-day",
        "\nUNION ALL\n".join([counted, *([kept] if again else [])]),
    )


def support_of_rows() -> Step:
    """Under the names that rows have in every release."""
    return Step(
        "support_of_rows",
        "The same, for later releases",
        f"""SELECT {", ".join(f"rows.{each}" for each in ROW)},
    {", ".join(f"support.{each}" for each in _OF_ROWS)}
FROM row_support AS support
JOIN open_rows AS rows ON rows.position = support.position""",
        StepKind.VIEW,
    )
