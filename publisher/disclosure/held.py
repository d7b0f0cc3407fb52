"""What sums hold fast: a node that is the only unknown one of an identity is known."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Flags = NDArray[np.bool_]


@dataclass(frozen=True, repr=False)
class HeldFast:
    """Follows what becomes known from one node on; equations x nodes."""

    matrix: sparse.csc_matrix

    @cached_property
    def _rows(self) -> sparse.csr_matrix:
        return self.matrix.tocsr()

    def tells(self, node: int, unknown: Flags, secret: Flags) -> bool:
        """Whether a node of `secret` follows from sums alone once `node` is known.

        Args:
            node: what becomes known; not in `unknown`.
            unknown: what is not known, by node; what is secret is part of it.
            secret: what must not follow, by node.
        """
        known, todo = {node}, [node]
        while todo:
            for found in self._alone(todo.pop(), unknown, known):
                if secret[found]:
                    return True
                known.add(found)
                todo.append(found)
        return False

    def _alone(self, node: int, unknown: Flags, known: set[int]) -> set[int]:
        """The nodes that are the only unknown one beside `node` in an equation."""
        matrix, rows, found = self.matrix, self._rows, set()
        for equation in matrix.indices[matrix.indptr[node] : matrix.indptr[node + 1]]:
            terms = rows.indices[rows.indptr[equation] : rows.indptr[equation + 1]]
            left = [n for n in terms[unknown[terms]].tolist() if n not in known]
            if len(left) == 1:
                found.add(left[0])
        return found
