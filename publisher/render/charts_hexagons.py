"""A map on which every local authority is a hexagon of the same size.

Small authorities stay visible, no boundary data is needed, and it prints. The layout (columns and
rows of pointed-top hexagons, odd rows half a hexagon to the right, rows counted from the south)
is `publisher.reference.areas.hexagons`; its sources are in publisher/reference/NOTICE.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

RADIUS = 20.0
_MARGIN = 4.0
_CORNERS = ((0.0, -1.0), (0.5, -0.5), (0.5, 0.5), (0.0, 1.0), (-0.5, 0.5), (-0.5, -0.5))
"""Corners of a pointed-top hexagon: x in widths, y in radii."""


@dataclass(frozen=True)
class Hexagon:
    """One authority: its outline, the category that decides its pattern, and its name."""

    points: str
    category: str
    name: str


@dataclass(frozen=True)
class HexagonMap:
    """A drawing of all authorities."""

    width: str
    height: str
    hexagons: tuple[Hexagon, ...]


def hexagon_map(
    layout: Mapping[str, tuple[int, int]],
    names: Mapping[str, str],
    categories: Mapping[str, str],
    radius: float = RADIUS,
) -> HexagonMap:
    """Draw every authority of `layout` with its category; codes order the drawing.

    Raises:
        KeyError: an authority has no name or no category.
    """
    step = sqrt(3) * radius
    west = min(column for column, _ in layout.values())
    north = max(row for _, row in layout.values())
    centres = {
        code: (
            _MARGIN + step * (column - west + 0.5 * (row % 2) + 0.5),
            _MARGIN + radius * (1 + 1.5 * (north - row)),
        )
        for code, (column, row) in layout.items()
    }
    return HexagonMap(
        width=f"{max(x for x, _ in centres.values()) + step / 2 + _MARGIN:.1f}",
        height=f"{max(y for _, y in centres.values()) + radius + _MARGIN:.1f}",
        hexagons=tuple(
            Hexagon(_outline(*centres[code], step, radius), categories[code], names[code])
            for code in sorted(layout)
        ),
    )


def _outline(x: float, y: float, step: float, radius: float) -> str:
    return " ".join(f"{x + dx * step:.1f},{y + dy * radius:.1f}" for dx, dy in _CORNERS)
