"""Published rates as facts about two counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from publisher.attack.dimensions import Cells
from publisher.attack.knowledge import Knowledge, Located
from publisher.attack.policy import KnownPolicy
from publisher.attack.system import Flags, Floats, Rates
from publisher.attack.values import Kind
from publisher.attack.weighted import weighted_totals


@dataclass(frozen=True, repr=False)
class SaidRate:
    """Rates in percent, give or take `half`, of `top` in `bottom`; one of each per figure.

    is_share: the rate is the one count divided by the other, and not a weighted mean.
    """

    source: str
    top: Cells
    bottom: Cells
    share: Floats
    half: Floats
    is_share: Flags

    def chosen(self, which: Flags) -> SaidRate:
        """Some of the figures."""
        return SaidRate(
            self.source,
            self.top[which],
            self.bottom[which],
            self.share[which],
            self.half[which],
            self.is_share[which],
        )


@dataclass(frozen=True, repr=False)
class Exposed:
    """Withheld cells of which a figure is shown in `source`."""

    source: str
    cell: Cells


def rates_of(
    known: Knowledge,
    located: Sequence[Located],
    said_elsewhere: Sequence[SaidRate],
    policy: KnownPolicy,
) -> tuple[Rates, tuple[Exposed, ...]]:
    """Rates that say something, and withheld cells of which a rate is shown.

    Where both counts are shown, a rate of rounded counts says nothing more than they do.
    """
    base = max(known.base, 1)
    slack = float(base // 2)
    says_nothing = policy.rates_from_rounded or base == 1
    found = [*_beside_counts(located), *said_elsewhere]
    kept, exposed = [], []
    for each in found:
        hidden = known.withheld[each.top] & ~known.shown[each.top]
        exposed.append(Exposed(each.source, each.top[hidden]))
        whole = known.shown[each.bottom] | known.told[each.bottom]
        telling = each.is_share & ~(known.shown[each.top] & whole & says_nothing)
        kept.append(each.chosen(telling))
    if not kept:
        return Rates.none(), ()
    rates = Rates(
        np.concatenate([each.top for each in kept]),
        np.concatenate([each.bottom for each in kept]),
        np.concatenate([np.maximum(each.share - each.half, 0) / 100 for each in kept]),
        np.concatenate([(each.share + each.half) / 100 for each in kept]),
        slack,
    )
    return rates, tuple(each for each in exposed if len(each.cell))


def _beside_counts(located: Sequence[Located]) -> Iterator[SaidRate]:
    for each in located:
        rate = each.figures.rate
        if rate is None:
            continue
        says = each.read.table.columns[rate.column].sayings
        bottom = denominators(each, rate.dimension, rate.of, located)
        number = says.is_a(Kind.NUMBER) & (bottom >= 0) & (each.cell != bottom)
        # Files that drop trailing zeros have the decimals of the longest number.
        half = 0.5 * 10.0 ** -(says.decimals[number].max() if number.any() else 0)
        halves = np.full(int(number.sum()), half)
        source = each.read.table.source
        top = each.cell[number]
        is_share = ~weighted_totals(each.cube, top)
        yield SaidRate(source, top, bottom[number], says.value[number], halves, is_share)


def denominators(
    each: Located, dimension: str, of: str, located: Sequence[Located]
) -> NDArray[np.int64]:
    """The cell that the share of each row is of; -1 where there is none."""
    if dimension:
        place = each.cube.dimension(dimension).place
        if of not in place:
            return np.full(len(each.cell), -1, np.int64)
        step = each.cube.strides[dimension]
        present = (each.cell - each.cube.first) // step % len(place)
        return np.asarray(each.cell + (place[of] - present) * step)
    beside = [other for other in located if other.read is each.read and other.figures.column == of]
    return beside[0].cell if beside else np.full(len(each.cell), -1, np.int64)
