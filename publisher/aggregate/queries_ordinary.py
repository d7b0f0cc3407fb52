"""Ordinary weeks: a bit for each week of an enrolment, counted by school without a row for each.

Every function returns one step, made anew for each part of the schools.
"""

from __future__ import annotations

from collections.abc import Sequence

from publisher.aggregate.engine import Step
from publisher.aggregate.gathered import gathered
from publisher.aggregate.groups import NumberedGroup, summed_together
from publisher.aggregate.lanes import days_with_row
from publisher.aggregate.queries_enrolments import ALL_PUPILS, ORDINARY_COUNTS
from publisher.aggregate.queries_pupils import fate
from publisher.model.accounting import Fate

_COUNTED = fate(Fate.COUNTED)
WEEK_BITS = 21
"""In a number of weeks' bits, every 21st is left: counts of three weeks are added up at once."""
_WEEK = (1 << WEEK_BITS) - 1


def ordinary_profiles(weeks: int, groups: Sequence[NumberedGroup], common: int = 0) -> Step:
    """Leaves that are told apart afterwards; `profile` is below zero for who is not counted.

    No row is made for a week of an enrolment. Most enrolments have ordinary weeks from the week
    `common` on only: the others cost more, so they are summed by themselves.
    """
    together = f"profile & {sum(each.mask for each in summed_together(groups))}"
    profile = f"CASE WHEN fate = {_COUNTED} THEN {together} ELSE -1 - fate END"
    return Step(
        "ordinary_profiles",
        "Enrolments with an ordinary week, by school and groups of pupils with few leaves, three "
        "weeks to a column",
        "\nUNION ALL\n".join(
            f"SELECT urn, {profile} AS profile, {_sums_of_weeks(first, weeks)}\n"
            f"FROM enrolment_ordinary_weeks\nWHERE {which}\nGROUP BY urn, {profile}"
            for which, first in _selections(common)
        ),
    )


def ordinary_counts(weeks: int, groups: Sequence[NumberedGroup], common: int = 0) -> Step:
    """`leaf`: of the groups, `ALL_PUPILS`, or of who is not counted, the fate below zero."""
    together = summed_together(groups)
    columns = ", ".join(
        f"CAST(SUM(p{place}) AS BIGINT) AS p{place}" for place in range(min(weeks, WEEK_BITS))
    )
    everyone = f"CAST(CASE WHEN profile < 0 THEN profile ELSE {ALL_PUPILS} END AS SMALLINT)"
    others = [
        f"SELECT urn, {leaf} AS leaf, {columns}\nFROM ordinary_profiles\n"
        f"WHERE {which}\nGROUP BY urn, {leaf}"
        for leaf, which in (
            (everyone, "TRUE"),
            *((each.leaf(), "profile >= 0") for each in together),
        )
    ]
    alone = [
        f"SELECT urn, {each.leaf()} AS leaf, {_sums_of_weeks(first, weeks)}\n"
        f"FROM enrolment_ordinary_weeks\nWHERE fate = {_COUNTED} AND {which}\n"
        f"GROUP BY urn, {each.leaf()}"
        for each in groups
        if each not in together
        for which, first in _selections(common)
    ]
    return Step(
        "ordinary_counts",
        "Enrolments with an ordinary week, by school and group of pupils, three weeks to a column",
        "\nUNION ALL\n".join((*others, *alone)),
    )


def _selections(common: int) -> list[tuple[str, int]]:
    """Conditions that part enrolments, and the first week that those of each have."""
    if not common:
        return [("weeks <> 0", 0)]
    earlier = f"(weeks & {(1 << common) - 1})"
    return [(f"{earlier} = 0 AND weeks <> 0", common), (f"{earlier} <> 0", 0)]


def _sums_of_weeks(first: int, weeks: int) -> str:
    columns = []
    for place in range(min(weeks, WEEK_BITS)):
        places = [n for n in range(place, weeks, WEEK_BITS) if n >= first]
        bits = sum(1 << (n - place) for n in places)
        total = f"SUM((weeks >> {place}) & {bits})" if places else "0"
        columns.append(f"CAST({total} AS BIGINT) AS p{place}")
    return ", ".join(columns)


def ordinary_enrolments(weeks: int) -> Step:
    """The columns as rows; rows with the same keys may be several."""
    counts = [(n, f"((p{n % WEEK_BITS} >> {n - n % WEEK_BITS}) & {_WEEK})") for n in range(weeks)]
    return Step(
        "ordinary_enrolments",
        "Enrolments with an ordinary week, by school, group of pupils and week",
        "\nUNION ALL\n".join(
            f"SELECT urn, leaf, CAST({n} AS SMALLINT) AS number, CAST({count} AS INTEGER) "
            f"AS enrolments\nFROM ordinary_counts WHERE {count} > 0"
            for n, count in counts
        ),
    )


def fate_ordinary() -> Step:
    """Ordinary weeks have register codes only."""
    days = days_with_row("schools.present")
    return gathered(
        "fate_ordinary",
        "Rows of marks of ordinary weeks by what becomes of them",
        f"""SELECT
    CASE WHEN counts.leaf = {ALL_PUPILS} THEN {_COUNTED} ELSE -1 - counts.leaf END AS fate,
    CAST(SUM(counts.enrolments * ({days})) AS BIGINT) AS entries
{ORDINARY_COUNTS}
WHERE counts.leaf < 0
GROUP BY counts.leaf""",
        keys=("fate",),
        sums=("entries",),
    )
