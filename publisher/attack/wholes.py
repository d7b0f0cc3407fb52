"""Shares of rounded counts tell the whole that they are a share of, where no file shows it.

A share of 6.38% beside a count of 120 leaves one multiple of ten that it can be a share of: 1,880.
Of groups of pupils the possible sessions are published in this way only.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from publisher.attack.knowledge import Knowledge, Located
from publisher.attack.layout import RateColumn
from publisher.attack.policy import KnownPolicy
from publisher.attack.shares import denominators
from publisher.attack.values import Floats, Kind
from publisher.attack.weighted import weighted_totals

_NEAR = 1e-7


def learn_wholes(known: Knowledge, located: Sequence[Located], policy: KnownPolicy) -> None:
    """Learn wholes that no file shows, and which of them are withheld with all their parts.

    Only of files whose shares are known to be computed from the rounded counts.
    """
    if not policy.rates_from_rounded:
        return
    for each in located:
        rate = each.figures.rate
        if rate is not None and rate.dimension:
            _learn(known, each, rate, located, half_up=policy.half_up)


def _learn(
    known: Knowledge,
    each: Located,
    rate: RateColumn,
    located: Sequence[Located],
    *,
    half_up: bool,
) -> None:
    whole = denominators(each, rate.dimension, rate.of, located)
    unseen = (whole >= 0) & ~known.seen[whole]
    if not unseen.any():
        return
    base = max(known.base, 1)
    hidden = unseen & each.says.is_a(Kind.WITHHELD)
    known.withheld[whole[hidden]] = True
    counted = unseen & each.says.is_a(Kind.NUMBER) & ~weighted_totals(each.cube, each.cell)
    says = each.read.table.columns[rate.column].sayings
    nothing = counted & says.is_a(Kind.NOT_AVAILABLE)
    up = (base - 1) // 2 if half_up else base // 2
    known.learn(whole[nothing], np.zeros(int(nothing.sum())), np.full(int(nothing.sum()), up))
    shared = counted & says.is_a(Kind.NUMBER)
    if not shared.any():
        return
    half = 0.5 * 10.0 ** -float(says.decimals[shared].max())
    low, high = whole_behind(each.says.value[shared], says.value[shared], half, base)
    known.learn(whole[shared], np.maximum(low - base // 2, 0), high + up)
    known.told[whole[shared | nothing]] = True


def whole_behind(count: Floats, share: Floats, half: float, base: int) -> tuple[Floats, Floats]:
    """Lowest and highest multiple of `base` of which `count` is `share` percent, give or take.

    Args:
        count: rounded counts.
        share: their shares in percent.
        half: half a unit of the last decimal of the shares.
        base: what counts and wholes are rounded to.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        least = np.where(count > 0, 100 * count / (share + half), base)
        most = np.where((count > 0) & (share > half), 100 * count / (share - half), np.inf)
    low = np.maximum(np.ceil(least / base - _NEAR), 1) * base
    return low, np.floor(most / base + _NEAR) * base
