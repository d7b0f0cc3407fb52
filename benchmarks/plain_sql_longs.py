"""The work of the comparison as SQL, for DuckDB and for Spark: what is longer than a week.

The weeks of an enrolment are read once, term by term (`term_sums`). From the sums of terms every
long period is made at once: one pass over enrolments tells who missed much in each of them and adds
them up by school and leaf (`long_leaves`), whatever weeks regions and England leave out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import pandas as pd
from plain_groups import EVERYONE, LEAVES
from plain_periods import OF_YEAR, Long, Term
from plain_places import EVERY_WEEK, KEPT
from plain_sql_counts import EVERY_PLACE, NARROW, WIDE
from plain_work import GROUPS, SCHOOLS_OF_DAYS, SESSIONS, SESSIONS_OF_WEEKS, SUMS

MISSED, LONG_LEAVES, LONG_SEVERAL = "missed_weeks", "long_leaves", "long_several"
"""Tables: of enrolments and parts of weeks, of schools and leaves, of pupils with several."""


def reaches(long: Long) -> dict[str, str]:
    """The places of which a long period is counted at a time, by a prefix of their sums."""
    return {EVERY_WEEK: NARROW, KEPT: WIDE} if long.divided else {EVERY_WEEK: EVERY_PLACE}


def missed_weeks(divided: Sequence[date] = ()) -> str:
    """What is kept of the weeks of an enrolment; `divided`: the weeks that have two parts."""
    whole = f"\nWHERE week NOT IN ({_dates(divided)})" if divided else ""
    text = f"""SELECT number, week AS part, CAST(possible AS TINYINT) AS possible,
    CAST(authorised + unauthorised AS TINYINT) AS missed
FROM enrolment_weeks{whole}"""
    if not divided:
        return text
    return f"""{text}
UNION ALL
SELECT marks.number, days.part, CAST(SUM(pairs.possible) AS TINYINT) AS possible,
    CAST(SUM(pairs.authorised + pairs.unauthorised) AS TINYINT) AS missed
FROM (SELECT * FROM week_marks WHERE week IN ({_dates(divided)})) AS marks
JOIN pairs ON pairs.am = marks.am AND pairs.pm = marks.pm
JOIN days ON days.date = marks.date
GROUP BY marks.number, days.part"""


def term_table(term: Term) -> str:
    """The name of the table of a term's sums."""
    return f"term_{term.number}"


def term_sums(term: Term) -> str:
    """The sums of each enrolment in a term, and without the weeks that wide places leave out."""
    sums = [f"CAST(SUM({each}) AS SMALLINT) AS {each}" for each in ("possible", "missed")]
    if term.left_out:
        kept = f"part NOT IN ({_dates(term.left_out)})"
        sums += [
            f"CAST(SUM(CASE WHEN {kept} THEN {each} ELSE 0 END) AS SMALLINT) AS {KEPT}{each}"
            for each in ("possible", "missed")
        ]
    return f"""SELECT number, {", ".join(sums)}
FROM {MISSED}
WHERE part BETWEEN DATE '{term.first}' AND DATE '{term.last}'
GROUP BY number"""


def long_leaves(longs: Sequence[Long], terms: Sequence[Term]) -> str:
    """Sums of every long period by school and leaf; `pupils`: how many with a session in it."""
    names = [
        name for each in longs for reach in reaches(each) for name in each.columns(reach).values()
    ]
    columns = ",\n    ".join(f"CAST(SUM({each}) AS BIGINT) AS {each}" for each in names)
    sets = ", ".join(f"(urn, {each})" for each in LEAVES)
    return f"""SELECT urn, CAST(COALESCE({", ".join(LEAVES)}, {EVERYONE}) AS SMALLINT) AS leaf,
    {columns}
FROM (
    {_enrolments("enrolments", longs, terms)}
) AS sums
GROUP BY GROUPING SETS ((urn), {sets})"""


def long_several(longs: Sequence[Long], terms: Sequence[Term]) -> str:
    """The same sums of each enrolment of a pupil with several."""
    return _enrolments("(SELECT * FROM enrolments WHERE several)", longs, terms)


def leaves_of(long: Long, reach: str) -> str:
    """The leaves of one long period, as of a week."""
    columns = ", ".join(f"{name} AS {each}" for each, name in long.columns(reach).items())
    pupils = long.column(reach, "pupils")
    return f"""SELECT urn, DATE '{long.week}' AS week, leaf, {columns}
FROM {LONG_LEAVES}
WHERE {pupils} > 0"""


def several_of(long: Long, reach: str) -> str:
    """The enrolments, of pupils with several, that have a session in one long period."""
    pupils = long.column(reach, "pupils")
    return f"(SELECT number, DATE '{long.week}' AS week FROM {LONG_SEVERAL} WHERE {pupils} = 1)"


def _enrolments(enrolments: str, longs: Sequence[Long], terms: Sequence[Term]) -> str:
    """Enrolments, what each has in every long period, and whether it missed much of it."""
    tables = [term_table(each) for each in terms]
    joins = "\n        ".join(
        f"LEFT JOIN {each} ON {each}.number = enrolments.number" for each in tables
    )
    sums = ",\n            ".join(each for long in longs for each in _sums(long))
    missed = ",\n        ".join(each for long in longs for each in _missed_much(long))
    of_each = ", ".join(("number", "urn", *LEAVES))
    return f"""SELECT {of_each},
        {missed}
    FROM (
        SELECT {", ".join(f"enrolments.{each}" for each in ("number", "urn", *LEAVES))},
            {sums}
        FROM {enrolments} AS enrolments
        {joins}
    ) AS added"""


def _sums(long: Long) -> Iterator[str]:
    for reach in reaches(long):
        for name in ("possible", "missed"):
            parts = (
                f"COALESCE({term_table(each)}.{reach if each.left_out else EVERY_WEEK}{name}, 0)"
                for each in long.terms
            )
            yield f"CAST({' + '.join(parts)} AS INTEGER) AS {long.column(reach, name)}"


def _missed_much(long: Long) -> Iterator[str]:
    for reach in reaches(long):
        possible, missed = (long.column(reach, each) for each in ("possible", "missed"))
        yield possible
        conditions = {
            "pupils": f"{possible} > 0",
            "enrolments": f"{possible} > 10",
            "persistent": f"{possible} > 10 AND 10 * {missed} >= {possible}",
            "severe": f"{possible} > 10 AND 2 * {missed} >= {possible}",
        }
        for name, condition in conditions.items():
            yield f"CASE WHEN {condition} THEN 1 ELSE 0 END AS {long.column(reach, name)}"


def sessions_of_weeks() -> str:
    """Output A by week, from that of days."""
    return f"""SELECT counted.place, days.week, counted.code,
    CAST(SUM(counted.sessions) AS BIGINT) AS sessions
FROM {SESSIONS} AS counted
JOIN days ON days.date = counted.date
GROUP BY counted.place, days.week, counted.code"""


def of_year(weeks: str, left_out: Sequence[pd.Timestamp]) -> str:
    """Outputs A and C for the year to date, from those of weeks."""
    known, sums = {SESSIONS_OF_WEEKS: ("code", ["sessions"]), GROUPS: ("item", SUMS)}[weeks]
    added = ", ".join(f"CAST(SUM({each}) AS BIGINT) AS {each}" for each in sums)
    return f"""SELECT place, DATE '{OF_YEAR}' AS week, {known}, {added}
FROM {weeks}{_kept(left_out)}
GROUP BY place, {known}"""


def schools(left_out: Sequence[pd.Timestamp]) -> str:
    """Output F for weeks and the year to date: means of the days on which a place has schools."""
    days = f"""SELECT counted.place, days.week, counted.submitting
    FROM {SCHOOLS_OF_DAYS} AS counted
    JOIN days ON days.date = counted.date"""
    return f"""SELECT place, week,
    CAST(FLOOR((2 * SUM(submitting) + COUNT(*)) / (2 * COUNT(*))) AS BIGINT) AS submitting
FROM (
    {days}
    UNION ALL
    SELECT place, DATE '{OF_YEAR}' AS week, submitting
    FROM ({days}) AS weeks{_kept(left_out)}
) AS means
GROUP BY place, week"""


def _kept(left_out: Sequence[pd.Timestamp]) -> str:
    if not left_out:
        return ""
    weeks = _dates([each.date() for each in left_out])
    return f"\nWHERE NOT (week IN ({weeks}) AND place IN (SELECT place FROM {WIDE}))"


def _dates(days: Sequence[date]) -> str:
    return ", ".join(f"DATE '{each}'" for each in days)
