"""Text of SQL that looks into a week of marks (`publisher.reference.register_weeks`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from publisher.reference.codes import possible_codes
from publisher.reference.register_weeks import (
    HALF,
    HALF_BITS,
    LANE,
    LANE_BITS,
    WEEKDAYS,
    halves_of,
    shifted,
)

EVERY_DAY = tuple(range(WEEKDAYS))
EVERY_HALF = tuple(range(2 * WEEKDAYS))


def day_lane(marks: str, weekday: int) -> str:
    """The lane of a day, moved to the lowest bits."""
    return f"(({marks} >> {weekday * LANE_BITS}) & {LANE})"


def day_in_place(marks: str, weekday: int) -> str:
    """The lane of a day where it stands in the week."""
    return f"({marks} & {shifted(LANE, weekday)})"


def has_day(marks: str, weekday: int) -> str:
    """That there is a row of marks for the day."""
    return f"{day_in_place(marks, weekday)} <> 0"


def half_lane(marks: str, half: int) -> str:
    """What stands in half a lane; halves count from Monday morning."""
    return f"(({marks} >> {half * HALF_BITS}) & {HALF})"


def halves_among(kinds: Iterable[int], marks: str, which: Iterable[int] = EVERY_HALF) -> str:
    """How many halves have a mark of these kinds: each asks for a bit of a constant."""
    bits = sum(1 << each for each in kinds)
    return "({})".format(
        " + ".join(
            f"((CAST({bits} AS BIGINT) >> CAST({half_lane(marks, half)} AS INTEGER)) & 1)"
            for half in which
        )
    )


def halves_of_day(weekday: int) -> tuple[int, int]:
    """The morning and the afternoon of a day."""
    return 2 * weekday, 2 * weekday + 1


def lanes_before(place: str, number: str) -> str:
    """The lanes of the days of a week before a place; places count weekdays from the first week."""
    days = f"LEAST(GREATEST({place} - {WEEKDAYS} * {number}, 0), {WEEKDAYS})"
    return f"((CAST(1 AS BIGINT) << CAST({LANE_BITS} * {days} AS INTEGER)) - 1)"


def without(lanes: str, marks: str) -> str:
    """Marks without those that stand in some lanes."""
    return f"({marks} - ({marks} & {lanes}))"


def days_where(condition: Callable[[int], str]) -> str:
    """How many days of a week meet a condition, given for each weekday."""
    return " + ".join(f"CASE WHEN {condition(day)} THEN 1 ELSE 0 END" for day in EVERY_DAY)


def days_with_row(marks: str) -> str:
    """How many days have a row of marks."""
    return days_where(lambda day: has_day(marks, day))


def has_session(marks: str, weekday: int) -> str:
    """That a day has a possible session."""
    return f"{halves_among(halves_of(possible_codes()), marks, halves_of_day(weekday))} > 0"
