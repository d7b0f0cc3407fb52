"""The moves that protect rows, found by row and by what they change; changes can be undone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from publisher.disclosure.moves import Move


@dataclass(repr=False)
class MovesInUse:
    """A move for each protected row; several rows may share one.

    A move changes many nodes: what it changes is looked up only once it is there to stay.
    """

    _moves: dict[int, Move] = field(default_factory=dict)
    _rows: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    """The rows of a move, by its identity."""
    _known: dict[int, Move] = field(default_factory=dict)
    """The moves that `_changing` knows."""
    _changing: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    """The identities of the moves that change a node."""
    _since: list[tuple[int, Move | None]] = field(default_factory=list)
    """Rows since the last `settle`, and the move that each had before."""

    def __contains__(self, row: int) -> bool:
        return row in self._moves

    def __iter__(self) -> Iterator[int]:
        return iter(self._moves)

    def leaning_on(self, node: int) -> set[int]:
        """The rows whose move changes `node`, as things were at the last `settle`."""
        moves = self._changing.get(node, ())
        return {row for move in moves for row in self._rows[move]}

    def protect(self, row: int, move: Move) -> None:
        """Give a row without a move this one."""
        self._since.append((row, None))
        self._put(row, move)

    def release(self, row: int) -> None:
        """Take away the move of a row, if it has one."""
        if row in self._moves:
            self._since.append((row, self._take(row)))

    def settle(self) -> None:
        """What is so now is no longer undone."""
        for row, before in self._since:
            for move in (before, self._moves.get(row)):
                if move is not None:
                    self._look_up(move)
        self._since.clear()

    def undo(self) -> None:
        """Everything is as it was at the last `settle`."""
        for row, move in reversed(self._since):
            if move is None:
                self._take(row)
            else:
                self._put(row, move)
        self._since.clear()

    def _put(self, row: int, move: Move) -> None:
        self._moves[row] = move
        self._rows[id(move)].add(row)

    def _take(self, row: int) -> Move:
        move = self._moves.pop(row)
        rows = self._rows[id(move)]
        rows.discard(row)
        if not rows:
            del self._rows[id(move)]
        return move

    def _look_up(self, move: Move) -> None:
        name, known = id(move), id(move) in self._known
        if name in self._rows and not known:
            self._known[name] = move
            for node in move.nodes.tolist():
                self._changing[node].add(name)
        elif known and name not in self._rows:
            del self._known[name]
            for node in move.nodes.tolist():
                self._changing[node].discard(name)
