"""A week of an enrolment's marks as one whole number.

Reading is what a store of registers is for: a release reads all of them. So beside the marks as
they came, a row for each day, the store keeps a row for each week. It has sixty bits, a *lane* of
twelve for each day from Monday to Friday: the morning's mark in the lower half of the lane, the
afternoon's in the upper. A mark is its number and one, so a lane of zero is a day without a row.
Whatever a release cuts out of a week, it cuts with one AND.

Most weeks say "present" and nothing else. `ORDINARY` stands for a week in which an enrolment was
present in both sessions of exactly the days that its batch lists for its school: what is not
written out rests on that list, never on silence.
"""

from __future__ import annotations

from publisher.reference.codes import NO_MARK, UNKNOWN_CODE, register_codes

WEEKDAYS = 5
HALF_BITS = 6
LANE_BITS = 2 * HALF_BITS
HALF = (1 << HALF_BITS) - 1
LANE = (1 << LANE_BITS) - 1
WHOLE_WEEK = (1 << WEEKDAYS * LANE_BITS) - 1
ORDINARY = 0
"""In place of a week's marks."""
ORDINARY_MARKS = ("/", "\\")
"""The marks of a day that is not written out."""


def half_of(number: int) -> int:
    """What stands in half a lane for a stored mark: a code's number, "no mark" or "unknown".

    Raises:
        ValueError: so many codes do not fit.
    """
    half = HALF if number == UNKNOWN_CODE else number + 1
    if number != UNKNOWN_CODE and not NO_MARK <= number < HALF - 1:
        raise ValueError(f"code number {number} does not fit into {HALF_BITS} bits")
    return half


def halves_of(codes: frozenset[str]) -> frozenset[int]:
    """What stands in half a lane for any of the register codes.

    Raises:
        KeyError: a code is not in the packaged register.
    """
    numbers = {each.code: each.number for each in register_codes()}
    return frozenset(half_of(numbers[code]) for code in codes)


def lane_of(morning: int, afternoon: int) -> int:
    """The lane of a day with these two stored marks."""
    return half_of(morning) | half_of(afternoon) << HALF_BITS


def ordinary_lane() -> int:
    """The lane of a day that is not written out."""
    numbers = {each.code: each.number for each in register_codes()}
    morning, afternoon = (numbers[code] for code in ORDINARY_MARKS)
    return lane_of(morning, afternoon)


def shifted(lane: int, weekday: int) -> int:
    """A lane in its place in the week; `weekday` 0 is Monday."""
    return lane << weekday * LANE_BITS
