"""Protected figures: from true counts and withheld rows to values with a status.

Values and statuses are arrays of rows x items of a data set. A withheld figure has no value: NaN
is written before anything else reads the array.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from publisher.disclosure.rates import percent_hundredths, weighted_hundredths
from publisher.disclosure.rounding import rounded
from publisher.errors import DisclosureBlocked
from publisher.model.breakdowns import BREAKDOWN
from publisher.model.definitions import Count, DataSet, Figure, Fixed, Rate, ReferenceDate
from publisher.model.phases import ALL_SCHOOLS, PUBLISHED_PHASES
from publisher.model.stages import ROW_KEY
from publisher.model.status import CellStatus

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Codes = NDArray[np.int8]
Flags = NDArray[np.bool_]

STATUSES = tuple(CellStatus)
_CODE = {status: np.int8(number) for number, status in enumerate(STATUSES)}
_FIXED = {
    Fixed.NOT_AVAILABLE: CellStatus.NOT_AVAILABLE,
    Fixed.NOT_APPLICABLE: CellStatus.NOT_APPLICABLE,
}


@dataclass(frozen=True, repr=False)
class Column:
    """One figure for every row: numbers, and what each of them is."""

    values: Floats
    status: Codes


@dataclass(frozen=True, repr=False)
class Weights:
    """How "All schools" rates are made where they are weighted to the census.

    rows: for each row of the data set, the numbers of its phases' rows (-1: none); (rows, phases).
    pupils: census pupils of those phases (-1: not in the census); same shape.
    totals: which rows are such totals.
    """

    rows: NDArray[np.intp]
    pupils: Integers
    totals: Flags


@dataclass(frozen=True, repr=False)
class Figures:
    """Computes the figures of one data set.

    counts: true counts in published order; withheld: the rows that are; base: for rounding.
    """

    data_set: DataSet
    counts: pd.DataFrame
    withheld: Flags
    base: int
    weights: Weights | None

    def column(self, figure: Figure, reference_dates: Flags) -> Column:
        """The figure for every row.

        Args:
            figure: what to show.
            reference_dates: which rows have a reference date.

        Raises:
            DisclosureBlocked: the figure is of a kind that nobody has written a rule for.
        """
        match figure:
            case Count():
                return self._count(figure.measure)
            case Rate():
                return self._rate(figure)
            case Fixed():
                return self._constant(_FIXED[figure])
            case ReferenceDate():
                present = np.where(
                    reference_dates, _CODE[CellStatus.SHOWN], _CODE[CellStatus.EMPTY]
                )
                return Column(np.full(len(self.counts), np.nan), present)
        raise DisclosureBlocked(f"a figure of kind {type(figure).__name__} has no disclosure rule")

    def _constant(self, status: CellStatus) -> Column:
        rows = len(self.counts)
        return Column(np.full(rows, np.nan), np.full(rows, _CODE[status]))

    def _count(self, measure: str) -> Column:
        missing = self._unknown(measure)
        whole = self._whole(measure)
        about_pupils = self.data_set.measure(measure).unit.about_pupils
        hidden = self.withheld if about_pupils else np.zeros(len(whole), dtype=bool)
        return _column(rounded(whole, self.base if about_pupils else 1), hidden, missing)

    def _rate(self, rate: Rate) -> Column:
        numerator, denominator = (self._protected(n) for n in (rate.numerator, rate.denominator))
        hundredths = percent_hundredths(numerator, denominator)
        unknown = self._unknown(rate.numerator) | self._unknown(rate.denominator)
        hidden, missing = self.withheld.copy(), (denominator == 0) | unknown
        if self.weights is not None:
            _weight(self.weights, hundredths, hidden, missing)
        return _column(hundredths, hidden, missing | unknown, per_unit=100)

    def _protected(self, measure: str) -> Integers:
        if not self.data_set.measure(measure).unit.about_pupils:
            raise DisclosureBlocked(f"no rule says how a rate of '{measure}' is protected")
        return rounded(self._whole(measure), self.base)

    def _unknown(self, measure: str) -> Flags:
        return np.asarray(self.counts[measure].isna(), dtype=bool)

    def _whole(self, measure: str) -> Integers:
        return self.counts[measure].fillna(0).to_numpy(dtype=np.int64)


def _column(whole: Integers, hidden: Flags, missing: Flags, per_unit: int = 1) -> Column:
    status = np.full(len(whole), _CODE[CellStatus.SHOWN])
    status[missing] = _CODE[CellStatus.NOT_AVAILABLE]
    status[hidden] = _CODE[CellStatus.WITHHELD]
    return Column(np.where(hidden | missing, np.nan, whole / per_unit), status)


def _weight(weights: Weights, hundredths: Integers, hidden: Flags, missing: Flags) -> None:
    """Replace the rates of totals by weighted ones, in place."""
    totals = weights.totals
    phases, pupils = weights.rows[totals], weights.pupils[totals]
    exists = phases >= 0
    present = exists & ~missing[phases] & ~hidden[phases]
    hundredths[totals] = weighted_hundredths(hundredths[phases], pupils, present)
    needed = exists & hidden[phases]
    unweighted = (present & (pupils < 0)).any(axis=1)
    missing[totals] = unweighted | (np.where(present, pupils, 0).sum(axis=1) <= 0)
    hidden[totals] |= needed.any(axis=1)


def weights_of(counts: pd.DataFrame, census: pd.DataFrame) -> Weights:
    """Find the phases behind each total.

    Args:
        counts: has the `ROW_KEY` columns, and `BREAKDOWN` where it has groups of pupils.
        census: `location`, `education_phase`, `pupils`.
    """
    key = [each for each in (*ROW_KEY, BREAKDOWN) if each in counts]
    places = pd.Series(np.arange(len(counts)), index=pd.MultiIndex.from_frame(counts[key]))
    pupils = census.set_index(["location", "education_phase"])["pupils"]
    rows, weights = [], []
    for phase in PUBLISHED_PHASES:
        of_phase = counts[key].assign(education_phase=phase)
        index = pd.MultiIndex.from_frame(of_phase)
        rows.append(places.reindex(index).fillna(-1).to_numpy(dtype=np.intp))
        in_census = pd.MultiIndex.from_frame(of_phase[["location", "education_phase"]])
        weights.append(pupils.reindex(in_census).fillna(-1).to_numpy(dtype=np.int64))
    totals = (counts["education_phase"] == ALL_SCHOOLS).to_numpy(dtype=bool)
    return Weights(np.column_stack(rows), np.column_stack(weights), totals)
