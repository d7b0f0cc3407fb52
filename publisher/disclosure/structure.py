"""What adds up to what: areas, phases and periods, declared once.

A *node* is one place in the full lattice area x phase x time, whether or not it has a row: node
number = (area * phases + phase) * times + time. An *identity* says that a node is the sum of
others. Three hierarchies give them all:

    nation = its regions, region = its authorities        (at every time)
    All schools = Primary + Secondary + Special           (at every time)
    week = its days, year to date = its weeks             (days that the level includes)

Terms carry numbers of enrolments only, which do not add up over time: no identity links them to
weeks. National and regional rows leave out some days (method, section 7), so at periods that
contain such days the sum over authorities is not an exact identity; it is kept as a near one,
which further withholding must respect and the interval audit must not use.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from publisher.disclosure.identities import Identities, Nodes, Sums, gathered
from publisher.errors import DisclosureBlocked
from publisher.model.definitions import Level
from publisher.model.geography import Location
from publisher.model.phases import ALL_SCHOOLS, EDUCATION_PHASES, PUBLISHED_PHASES
from publisher.model.stages import ReleaseScope
from publisher.model.time import IsoWeek, Period, PeriodKind


@dataclass(frozen=True)
class TimeNode:
    """A period, or the days of a longer one that have no rows of their own (`key` None)."""

    key: str | None
    kind: PeriodKind
    days: frozenset[date]
    parent: int | None


@dataclass(frozen=True)
class Lattice:
    """The hierarchies of a release."""

    locations: tuple[Location, ...]
    times: tuple[TimeNode, ...]
    left_out: frozenset[date]
    phases: tuple[str, ...] = EDUCATION_PHASES

    @property
    def shape(self) -> tuple[int, int, int]:
        """Areas, phases, times."""
        return len(self.locations), len(self.phases), len(self.times)

    @property
    def size(self) -> int:
        """How many nodes there are."""
        areas, phases, times = self.shape
        return areas * phases * times

    @cached_property
    def numbers(self) -> Nodes:
        """Node numbers in the lattice's shape."""
        return np.arange(self.size, dtype=np.intp).reshape(self.shape)

    @cached_property
    def parent_of_area(self) -> tuple[int | None, ...]:
        """For each area the number of the area above it."""
        places = {each.code: n for n, each in enumerate(self.locations)}
        return tuple(None if e.parent is None else places.get(e.parent) for e in self.locations)

    @cached_property
    def authorities(self) -> NDArray[np.bool_]:
        """Which areas are local authorities, which leave no day out."""
        return np.array([e.level is Level.LOCAL_AUTHORITY for e in self.locations], dtype=bool)

    def depth_of_area(self, area: int) -> int:
        """How many areas lie above `area`."""
        parent = self.parent_of_area[area]
        return 0 if parent is None else 1 + self.depth_of_area(parent)

    def areas_within(self, area: int | None) -> list[int]:
        """The numbers of the areas directly inside `area`."""
        return [n for n, parent in enumerate(self.parent_of_area) if parent == area]

    def times_within(self, time: int | None) -> list[int]:
        """The numbers of the times directly inside `time`."""
        return list(self._times_inside.get(time, ()))

    @cached_property
    def _times_inside(self) -> dict[int | None, list[int]]:
        inside: dict[int | None, list[int]] = {}
        for number, each in enumerate(self.times):
            inside.setdefault(each.parent, []).append(number)
        return inside

    def depth_of_time(self, time: int) -> int:
        """How many periods lie above the time."""
        parent = self.times[time].parent
        return 0 if parent is None else 1 + self.depth_of_time(parent)

    def neighbourhood(self, area: int) -> list[int]:
        """The areas beside `area`, what is inside them, and the areas above."""
        return self._neighbourhoods[area]

    @cached_property
    def _neighbourhoods(self) -> list[list[int]]:
        return [self._neighbours(area) for area in range(len(self.locations))]

    def _neighbours(self, area: int) -> list[int]:
        above = self.parent_of_area[area]
        inside = self._inside(above)
        while above is not None:
            inside.append(above)
            above = self.parent_of_area[above]
        return sorted({area, *inside})

    def _inside(self, area: int | None) -> list[int]:
        children = self.areas_within(area)
        return [each for child in children for each in (child, *self._inside(child))]

    @cached_property
    def time_numbers(self) -> dict[str, int]:
        """Period key -> number of its time."""
        return {each.key: n for n, each in enumerate(self.times) if each.key is not None}

    def wholly_left_out(self, time: int) -> bool:
        """Whether national and regional rows leave out every day of the time."""
        return self.times[time].days <= self.left_out

    @cached_property
    def identities(self) -> Identities:
        """Every identity of the release."""
        return gathered((*self._over_areas(), *self._over_phases(), *self._over_time()))

    @cached_property
    def in_one_period(self) -> Lattice:
        """The same areas and phases at a single time."""
        return Lattice(
            self.locations,
            (TimeNode(None, PeriodKind.TERM, frozenset(), None),),
            frozenset(),
            self.phases,
        )

    def _over_areas(self) -> Iterator[Sums]:
        for parent in range(len(self.locations)):
            children = self.areas_within(parent)
            if not children:
                continue
            for time, each in enumerate(self.times):
                exact = each.days.isdisjoint(self.left_out) or (
                    self.wholly_left_out(time) or not self.authorities[children].any()
                )
                yield Sums(
                    self.numbers[parent, :, time],
                    self.numbers[children, :, time].T,
                    exact,
                    over_areas=True,
                )

    def _over_phases(self) -> Iterator[Sums]:
        total = self.phases.index(ALL_SCHOOLS)
        parts = [self.phases.index(phase) for phase in PUBLISHED_PHASES]
        for area in range(len(self.locations)):
            yield Sums(self.numbers[area, total], self.numbers[area, parts].T)

    def _over_time(self) -> Iterator[Sums]:
        everywhere = np.arange(len(self.locations))
        for parent in range(len(self.times)):
            children = self.times_within(parent)
            included = [n for n in children if not self.wholly_left_out(n)]
            if not children:
                continue
            if included == children or self.wholly_left_out(parent):
                yield self._time_sum(everywhere, parent, children)
                continue
            yield self._time_sum(everywhere[self.authorities], parent, children)
            yield self._time_sum(everywhere[~self.authorities], parent, included)

    def _time_sum(self, areas: Nodes, parent: int, children: list[int]) -> Sums:
        parts = self.numbers[areas][:, :, children]
        return Sums(self.numbers[areas, :, parent].ravel(), parts.reshape(-1, len(children)))


def lattice_of(scope: ReleaseScope) -> Lattice:
    """The lattice of a release: its periods, and what they contain that has no row.

    Raises:
        DisclosureBlocked: the periods cannot be put into one hierarchy.
    """
    yearly = [each for each in scope.periods if each.kind is PeriodKind.YEAR_TO_DATE]
    if len(yearly) > 1:
        raise DisclosureBlocked(
            "the release has more than one year-to-date period",
            "Disclosure control expects one, on the latest week.",
        )
    builder = _Times(frozenset(scope.strike_days))
    top = builder.add(yearly[0], None) if yearly else None
    builder.add_weeks(scope.periods, top)
    builder.add_terms(scope.periods)
    return Lattice(scope.locations, builder.finished(), frozenset(scope.days_left_out))


class _Times:
    """Puts periods under one another; days without rows become a nameless rest of their parent."""

    def __init__(self, strike_days: frozenset[date]) -> None:
        self.strike_days = strike_days
        self.nodes: list[TimeNode] = []

    def add(self, period: Period, parent: int | None) -> int:
        node = TimeNode(period.key, period.kind, frozenset(period.days), parent)
        self.nodes.append(node)
        return len(self.nodes) - 1

    def add_weeks(self, periods: Sequence[Period], top: int | None) -> None:
        weeks = {
            IsoWeek.containing(each.first_day): self.add(each, top)
            for each in periods
            if each.kind is PeriodKind.WEEK
        }
        for each in periods:
            if each.kind is PeriodKind.DAY and each.first_day not in self.strike_days:
                self.add(each, weeks.get(IsoWeek.containing(each.first_day), top))

    def add_terms(self, periods: Sequence[Period]) -> None:
        for each in periods:
            if each.kind is PeriodKind.TERM:
                self.add(each, None)

    def finished(self) -> tuple[TimeNode, ...]:
        parents = {each.parent for each in self.nodes if each.parent is not None}
        for parent in sorted(parents):
            whole = self.nodes[parent].days
            inside = [each.days for each in self.nodes if each.parent == parent]
            rest = whole - frozenset().union(*inside)
            if rest:
                self.nodes.append(TimeNode(None, PeriodKind.DAY, rest, parent))
        return tuple(self.nodes)
