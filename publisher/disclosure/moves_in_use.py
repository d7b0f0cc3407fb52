"""The moves that protect rows, found by row and by what they change; changes can be undone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from publisher.disclosure.moves import Move


@dataclass(repr=False)
class MovesInUse:
    """A move for each protected row; several rows may share one."""

    _moves: dict[int, Move] = field(default_factory=dict)
    _rows: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    """The rows of a move, by its identity."""
    _changing: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    """The identities of the moves in use that change a node."""
    _undone: list[tuple[int, Move | None]] = field(default_factory=list)
    """Rows since the last `mark`, and the move that each had before."""

    def __contains__(self, row: int) -> bool:
        return row in self._moves

    def __iter__(self) -> Iterator[int]:
        return iter(self._moves)

    def __len__(self) -> int:
        return len(self._moves)

    def leaning_on(self, node: int) -> set[int]:
        """The rows whose move changes `node`."""
        moves = self._changing.get(node, ())
        return {row for move in moves for row in self._rows[move]}

    def protect(self, row: int, move: Move) -> None:
        """Give a row without a move this one."""
        self._undone.append((row, None))
        self._put(row, move)

    def release(self, row: int) -> None:
        """Take away the move of a row, if it has one."""
        if row in self._moves:
            self._undone.append((row, self._take(row)))

    def mark(self) -> None:
        """From here on changes can be undone."""
        self._undone.clear()

    def undo(self) -> None:
        """Everything is as it was at the last `mark`."""
        for row, move in reversed(self._undone):
            if move is None:
                self._take(row)
            else:
                self._put(row, move)
        self._undone.clear()

    def _put(self, row: int, move: Move) -> None:
        self._moves[row] = move
        rows = self._rows[id(move)]
        if not rows:
            for node in move.nodes.tolist():
                self._changing[node].add(id(move))
        rows.add(row)

    def _take(self, row: int) -> Move:
        move = self._moves.pop(row)
        rows = self._rows[id(move)]
        rows.discard(row)
        if not rows:
            del self._rows[id(move)]
            for node in move.nodes.tolist():
                self._changing[node].discard(id(move))
        return move
