"""Equations between nodes, as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Nodes = NDArray[np.intp]


@dataclass(frozen=True)
class Identities:
    """Equations `sum(sign * node) = 0`, as parallel arrays with one entry per node involved."""

    equation: NDArray[np.intp]
    node: Nodes
    sign: NDArray[np.int8]
    exact: NDArray[np.bool_]
    """One flag per equation: holds for the true counts to the last session."""
    over_areas: NDArray[np.bool_]
    """One flag per equation: a sum over areas."""

    @cached_property
    def totals(self) -> Nodes:
        """For each equation the node that is the sum of the others."""
        totals = np.zeros(self.count, dtype=np.intp)
        whole = self.sign > 0
        totals[self.equation[whole]] = self.node[whole]
        return totals

    @property
    def count(self) -> int:
        """How many equations there are."""
        return len(self.exact)

    def least_of_each(self, terms: NDArray[np.intp], value: NDArray[np.float64]) -> Nodes:
        """Of some terms the one of each equation whose node has the least value; ties by node."""
        equation, node = self.equation[terms], self.node[terms]
        order = terms[np.lexsort((node, value[node], equation))]
        _, first = np.unique(self.equation[order], return_index=True)
        return np.asarray(order[first])

    def matrix(self, nodes: int, use: NDArray[np.bool_] | None = None) -> sparse.csc_matrix:
        """Equations x nodes; equations that are not in `use` are empty."""
        shape = (self.count, nodes)
        kept = slice(None) if use is None else use[self.equation]
        places = (self.equation[kept], self.node[kept])
        entries = (self.sign[kept].astype(float), places)
        return sparse.csc_matrix(entries, shape=shape)


@dataclass(frozen=True)
class Sums:
    """Several identities of one shape: total (k,), parts (k, n)."""

    total: Nodes
    parts: Nodes
    exact: bool = True
    over_areas: bool = False


def gathered(sums: Sequence[Sums]) -> Identities:
    """All equations of `sums`, numbered in their order."""
    equation, node, sign, start = [], [], [], 0
    for each in sums:
        many, parts = each.parts.shape
        own = np.arange(start, start + many, dtype=np.intp)
        equation += [own, np.repeat(own, parts)]
        node += [each.total, each.parts.ravel()]
        sign += [np.ones(many, np.int8), np.full(many * parts, -1, np.int8)]
        start += many
    sizes = [len(each.parts) for each in sums]
    exact = np.repeat([each.exact for each in sums], sizes)
    over_areas = np.repeat([each.over_areas for each in sums], sizes)
    return Identities(
        equation=np.concatenate(equation),
        node=np.concatenate(node),
        sign=np.concatenate(sign),
        exact=exact,
        over_areas=over_areas,
    )
