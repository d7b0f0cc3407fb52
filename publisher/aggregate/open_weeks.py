"""Which weeks count nationally and regionally, and what to say when nothing was open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from publisher.errors import UsageProblem
from publisher.model.time import IsoWeek


def days_left_out(
    days: Sequence[date], open_authorities: Mapping[str, int], sharing: int, percent: int
) -> tuple[date, ...]:
    """The days of weeks in which fewer than `percent` of the sharing authorities are open.

    Args:
        days: the school days of the release.
        open_authorities: ISO week as text -> authorities with an open school; no entry is none.
        sharing: authorities with an approval in the release's days.
        percent: a week with exactly this percentage stays in.
    """
    return tuple(
        day
        for day in days
        if 100 * open_authorities.get(str(IsoWeek.containing(day)), 0) < percent * sharing
    )


def nothing_open(week: IsoWeek, open_authorities: Mapping[str, int]) -> UsageProblem:
    """What to tell someone who asked for a week in which no school submitted."""
    weeks = sorted(IsoWeek.parse(text) for text, number in open_authorities.items() if number)
    before = [each for each in weeks if each < week][-1:]
    after = [each for each in weeks if each > week][:1]
    nearest = " and ".join(str(each) for each in (*before, *after))
    return UsageProblem(
        f"No school submitted registers in week {week}",
        f"The nearest weeks with data: {nearest}."
        if nearest
        else "The academic year has no data at all: check the feed, its approvals and the week.",
    )
