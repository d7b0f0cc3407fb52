"""A reader who adds and subtracts: knows every shown row exactly, and shares no code with us."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from scipy.optimize import linprog

from publisher.model.stages import ProtectedCells, TrueCells
from publisher.model.time import Period, PeriodKind

Row = tuple[str, str, str]
Equation = dict[Row, int]
"""Row -> coefficient; the sum is zero. A row ("?", ...) is something that nobody publishes."""


class Attacker:
    def __init__(self, true: TrueCells, protected: ProtectedCells) -> None:
        self.scope = true.scope
        e = true.evidence
        keys = zip(e["location"], e["education_phase"], e["period"], strict=True)
        self.truth: dict[Row, int] = dict(zip(keys, e["possible_sessions"].tolist(), strict=True))
        w = protected.withheld
        self.withheld = set(zip(w["location"], w["education_phase"], w["period"], strict=True))
        self.equations = [e for e in self._equations() if any(r in self.withheld for r in e)]

    def recovered_by_one_subtraction(self) -> list[Row]:
        found = []
        for equation in self.equations:
            unknown = [row for row in equation if row in self.withheld or row[0] == "?"]
            if len(unknown) == 1:
                found.append(unknown[0])
        return [row for row in found if row[0] != "?"]

    def ranges(self, rows: Iterable[Row]) -> Iterator[tuple[Row, float, int]]:
        """Row, width of what a linear programme leaves of it, truth."""
        unknown = sorted(self.withheld | {r for e in self.equations for r in e if r[0] == "?"})
        place = {row: n for n, row in enumerate(unknown)}
        left = np.zeros((len(self.equations), len(unknown)))
        right = np.zeros(len(self.equations))
        for n, equation in enumerate(self.equations):
            for row, sign in equation.items():
                if row in place:
                    left[n, place[row]] = sign
                else:
                    right[n] -= sign * self.truth[row]
        bounds = [(0 if row[0] == "?" else 1, None) for row in unknown]
        for row in rows:
            ends = []
            for sign in (1, -1):
                cost = np.zeros(len(unknown))
                cost[place[row]] = sign
                solution = linprog(cost, A_eq=left, b_eq=right, bounds=bounds, method="highs")
                # Unbounded problems may be reported as "infeasible or unbounded".
                assert solution.status in {0, 3, 4} or sign == -1, solution.message
                ends.append(sign * solution.fun if solution.status == 0 else np.inf)
            yield row, ends[1] - ends[0], self.truth[row]

    def _equations(self) -> Iterator[Equation]:
        yield from self._areas()
        yield from self._phases()
        yield from self._times()

    def _areas(self) -> Iterator[Equation]:
        left_out = set(self.scope.days_left_out)
        for period in self.scope.periods:
            if not left_out.isdisjoint(period.days):
                yield from self._areas_over_included_weeks(period)
                continue
            for parent in self.scope.locations:
                inside = [p.code for p in self.scope.locations if p.parent == parent.code]
                for phase in self._phase_names():
                    yield from self._sum(
                        (parent.code, phase, period.key),
                        [(code, phase, period.key) for code in inside],
                    )

    def _areas_over_included_weeks(self, period: Period) -> Iterator[Equation]:
        """Region = its authorities' year to date without their left-out weeks."""
        if period.kind is not PeriodKind.YEAR_TO_DATE:
            return
        left_out = set(self.scope.days_left_out)
        weeks = [
            p for p in self.scope.periods if p.kind is PeriodKind.WEEK and set(p.days) <= left_out
        ]
        for parent in self.scope.locations:
            inside = [p.code for p in self.scope.locations if p.parent == parent.code]
            local = not any(p.parent in inside for p in self.scope.locations)
            for phase in self._phase_names():
                total = (parent.code, phase, period.key)
                parts = [code for code in inside if (code, phase, period.key) in self.truth]
                if total not in self.truth or not parts:
                    continue
                equation: Equation = {total: 1}
                for code in inside:
                    if (code, phase, period.key) in self.truth:
                        equation[code, phase, period.key] = -1
                    for week in weeks if local else ():
                        if (code, phase, week.key) in self.truth:
                            equation[code, phase, week.key] = 1
                yield equation

    def _phases(self) -> Iterator[Equation]:
        for period in self.scope.periods:
            for place in self.scope.locations:
                parts = [(place.code, e, period.key) for e in ("Primary", "Secondary", "Special")]
                yield from self._sum((place.code, "All schools", period.key), parts)

    def _times(self) -> Iterator[Equation]:
        for parent in self.scope.periods:
            if parent.kind is PeriodKind.WEEK:
                parts = [
                    p
                    for p in self.scope.periods
                    if p.kind is PeriodKind.DAY and p.days[0] in parent.days
                ]
                strike = any(day in parent.days for day in self.scope.strike_days)
            elif parent.kind is PeriodKind.YEAR_TO_DATE:
                parts = [p for p in self.scope.periods if p.kind is PeriodKind.WEEK]
                strike = False
            else:
                continue
            for place in self.scope.locations:
                for phase in self._phase_names():
                    rows = [(place.code, phase, p.key) for p in parts]
                    for equation in self._sum((place.code, phase, parent.key), rows):
                        if strike:
                            equation["?", place.code + phase, parent.key] = -1
                        yield equation

    def _sum(self, total: Row, parts: list[Row]) -> Iterator[Equation]:
        known = [row for row in parts if row in self.truth]
        # No part at all: authorities have no "All schools" rows where totals are weighted.
        if known and total in self.truth:
            yield {total: 1, **dict.fromkeys(known, -1)}

    @staticmethod
    def _phase_names() -> tuple[str, ...]:
        return ("Primary", "Secondary", "Special", "All schools")
