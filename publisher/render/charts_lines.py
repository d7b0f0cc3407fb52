"""Line charts as geometry: what the template draws, decided here and testable without a browser.

Style: Analysis Function guidance on charts and its categorical palette: labels beside the lines
instead of a legend, light horizontal gridlines, lines at least two pixels thick, the scale from
zero, and a gap where there is no figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from publisher.render.rounding import in_words

PALETTE = ("#12436D", "#28A197", "#801650", "#F46A25")
"""Four categories at most: more cannot be told apart."""
_STEPS = (0.5, 1, 2, 5, 10, 20)
_MOST_GRIDLINES = 6


@dataclass(frozen=True)
class Series:
    """A line: a value for each place on the horizontal axis, None where there is no figure."""

    label: str
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class Canvas:
    """The size of a drawing and the room it leaves around the plot, in pixels."""

    name: str
    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    font: int
    label_gap: int
    between_ticks: int
    values_in_labels: bool

    @property
    def plot_right(self) -> int:
        """Where the plot ends."""
        return self.width - self.right

    @property
    def plot_bottom(self) -> int:
        """Where zero is."""
        return self.height - self.bottom


WIDE = Canvas("wide", 880, 420, 52, 168, 16, 56, 16, 22, 34, values_in_labels=True)
NARROW = Canvas("narrow", 340, 330, 40, 88, 12, 52, 13, 17, 30, values_in_labels=False)


@dataclass(frozen=True)
class Tick:
    """A mark on an axis."""

    at: str
    words: str


@dataclass(frozen=True)
class Line:
    """A drawn series: unbroken pieces as point lists, single points, and its label."""

    colour: str
    width: int
    pieces: tuple[str, ...]
    points: tuple[tuple[str, str], ...]
    label: str
    label_at: tuple[str, str]
    leader: str
    """Points of a thin line from the last point to a label that had to move; else empty."""


@dataclass(frozen=True)
class LineChart:
    """Everything that the drawing needs."""

    canvas: Canvas
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    lines: tuple[Line, ...]


def line_chart(
    canvas: Canvas, positions: Sequence[str], series: Sequence[Series], decimals: int
) -> LineChart | None:
    """The chart of `series` over `positions` (labels of the horizontal axis, evenly spaced).

    The first series is drawn thickest. None when no series has a figure.

    Raises:
        ValueError: more series than the palette can tell apart, or of another length.
    """
    if len(series) > len(PALETTE) or any(len(s.values) != len(positions) for s in series):
        raise ValueError("series must fit the palette and the axis")
    values = [value for each in series for value in each.values if value is not None]
    if not values:
        return None
    scale = Scale(canvas, len(positions), _top(max(values)))
    return LineChart(canvas, _across(scale, positions), _up(scale), _lines(scale, series, decimals))


@dataclass(frozen=True)
class Scale:
    """From positions and values to pixels."""

    canvas: Canvas
    count: int
    top: float

    def x(self, position: int) -> float:
        """Pixels from the left; a single position stands in the middle."""
        canvas = self.canvas
        span = canvas.plot_right - canvas.left
        return canvas.left + span * ((position + 0.5) / self.count)

    def y(self, value: float) -> float:
        """Pixels from the top."""
        canvas = self.canvas
        return canvas.plot_bottom - (canvas.plot_bottom - canvas.top) * value / self.top


def _step(highest: float) -> float:
    fitting = (each for each in _STEPS if highest / each <= _MOST_GRIDLINES)
    return next(fitting, _STEPS[-1])


def _top(highest: float) -> float:
    step = _step(highest)
    return step * max(1, -(-highest // step))


def _across(scale: Scale, positions: Sequence[str]) -> tuple[Tick, ...]:
    room = (scale.canvas.plot_right - scale.canvas.left) / len(positions)
    every = max(1, -(-scale.canvas.between_ticks // max(1, int(room))))
    last = len(positions) - 1
    return tuple(
        Tick(_px(scale.x(place)), words)
        for place, words in enumerate(positions)
        if (last - place) % every == 0
    )


def _up(scale: Scale) -> tuple[Tick, ...]:
    step = _step(scale.top)
    decimals = 0 if step >= 1 else 1
    marks = round(scale.top / step)
    return tuple(
        Tick(_px(scale.y(mark * step)), in_words(mark * step, decimals) + "%")
        for mark in range(marks + 1)
    )


def _lines(scale: Scale, series: Sequence[Series], decimals: int) -> tuple[Line, ...]:
    drawn = [
        (each, colour)
        for each, colour in zip(series, PALETTE, strict=False)
        if any(value is not None for value in each.values)
    ]
    heights = spread([_end(scale, each)[1] for each, _ in drawn], scale.canvas)
    return tuple(
        _line(scale, each, colour, height, decimals)
        for (each, colour), height in zip(drawn, heights, strict=True)
    )


def _line(scale: Scale, series: Series, colour: str, height: float, decimals: int) -> Line:
    x, y = _end(scale, series)
    canvas = scale.canvas
    label_x = canvas.plot_right + 10.0
    moved = abs(height - y) > canvas.font / 4 or x < canvas.plot_right - 60
    return Line(
        colour=colour,
        width=4 if colour == PALETTE[0] else 3,
        pieces=tuple(_pieces(scale, series)),
        points=tuple(
            (_px(scale.x(place)), _px(scale.y(value)))
            for place, value in enumerate(series.values)
            if value is not None
        ),
        label=_label(series, canvas, decimals),
        label_at=(_px(label_x), _px(height + canvas.font * 0.35)),
        leader=f"{_px(x + 6)},{_px(y)} {_px(label_x - 4)},{_px(height)}" if moved else "",
    )


def _label(series: Series, canvas: Canvas, decimals: int) -> str:
    last = series.values[-1]
    if last is None or not canvas.values_in_labels:
        return series.label
    return f"{series.label} {in_words(last, decimals)}%"


def _end(scale: Scale, series: Series) -> tuple[float, float]:
    place, value = [(p, v) for p, v in enumerate(series.values) if v is not None][-1]
    return scale.x(place), scale.y(value)


def _pieces(scale: Scale, series: Series) -> list[str]:
    runs = groupby(enumerate(series.values), key=lambda item: item[1] is not None)
    return [
        " ".join(f"{_px(scale.x(p))},{_px(scale.y(v))}" for p, v in run if v is not None)
        for has_figures, run in runs
        if has_figures
    ]


def spread(heights: Sequence[float], canvas: Canvas) -> tuple[float, ...]:
    """Move label heights apart so that none overlap, keeping their order and the canvas."""
    order = sorted(range(len(heights)), key=lambda index: heights[index])
    placed: dict[int, float] = {}
    lowest = canvas.top + canvas.font / 2
    for index in order:
        placed[index] = max(heights[index], lowest)
        lowest = placed[index] + canvas.label_gap
    highest = float(canvas.plot_bottom)
    for index in reversed(order):
        placed[index] = min(placed[index], highest)
        highest = placed[index] - canvas.label_gap
    return tuple(placed[index] for index in range(len(heights)))


def _px(value: float) -> str:
    return f"{value:.1f}"
