from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as some

from publisher.reference.areas import hexagons
from publisher.render.charts_hexagons import hexagon_map
from publisher.render.charts_lines import NARROW, WIDE, Series, line_chart, spread

values = some.lists(some.one_of(some.none(), some.floats(0, 60)), min_size=1, max_size=45)


def points(piece: str) -> list[tuple[float, float]]:
    return [tuple(map(float, pair.split(","))) for pair in piece.split()]


@given(some.lists(some.floats(12, 380), min_size=1, max_size=4), some.sampled_from([WIDE, NARROW]))
def test_labels_keep_their_order_and_their_distance(heights: list[float], canvas):
    placed = spread(heights, canvas)
    order = sorted(range(len(heights)), key=lambda n: heights[n])
    moved = [placed[n] for n in order]
    assert all(b - a >= canvas.label_gap - 1e-9 for a, b in itertools.pairwise(moved))
    assert max(placed) <= canvas.plot_bottom
    assert min(placed) >= 0


@given(values, some.sampled_from([WIDE, NARROW]))
def test_every_figure_is_drawn_once_inside_the_plot_and_gaps_stay_gaps(found, canvas):
    chart = line_chart(
        canvas, [str(n) for n in range(len(found))], [Series("All", tuple(found))], 1
    )
    shown = [each for each in found if each is not None]
    if not shown:
        assert chart is None
        return
    [line] = chart.lines
    assert len(line.points) == len(shown)
    runs = "".join("x" if each is None else "o" for each in found).split("x")
    assert [len(points(piece)) for piece in line.pieces] == [len(run) for run in runs if run]
    for x, y in (pair for piece in line.pieces for pair in points(piece)):
        assert canvas.left <= x <= canvas.plot_right
        assert canvas.top - 0.1 <= y <= canvas.plot_bottom


@given(values)
def test_the_scale_starts_at_zero_and_has_few_lines(found):
    chart = line_chart(WIDE, ["w"] * len(found), [Series("All", tuple(found))], 1)
    if chart is not None:
        assert float(chart.up[0].at) == WIDE.plot_bottom
        assert chart.up[0].words.rstrip("%") in ("0", "0.0")
        assert 2 <= len(chart.up) <= 7
        assert len({tick.words for tick in chart.up}) == len(chart.up)


def test_the_last_week_is_always_labelled_and_labels_have_room():
    positions = [str(n) for n in range(1, 46)]
    chart = line_chart(NARROW, positions, [Series("All", (5.0,) * 45)], 1)
    assert chart.across[-1].words == "45"
    at = [float(tick.at) for tick in chart.across]
    assert min(b - a for a, b in itertools.pairwise(at)) >= NARROW.between_ticks - 1


def test_a_fifth_line_is_refused():
    with pytest.raises(ValueError, match="palette"):
        line_chart(WIDE, ["1"], [Series(str(n), (1.0,)) for n in range(5)], 1)


def test_no_two_authorities_share_a_place_on_the_map_and_all_are_drawn():
    layout = hexagons()
    names = dict.fromkeys(layout, "name")
    drawn = hexagon_map(layout, names, dict.fromkeys(layout, "shown"))
    assert len(drawn.hexagons) == 153
    assert len({each.points for each in drawn.hexagons}) == 153
    width, height = float(drawn.width), float(drawn.height)
    assert all(
        0 <= x <= width and 0 <= y <= height
        for each in drawn.hexagons
        for x, y in points(each.points)
    )


def test_north_is_up():
    # Northumberland against Cornwall.
    layout = {code: hexagons()[code] for code in ("E06000057", "E06000052")}
    drawn = hexagon_map(layout, dict.fromkeys(layout, ""), {"E06000057": "n", "E06000052": "s"})
    heights = {each.category: points(each.points)[0][1] for each in drawn.hexagons}
    assert heights["n"] < heights["s"]


def test_an_authority_without_a_category_stops_the_drawing():
    with pytest.raises(KeyError):
        hexagon_map(hexagons(), dict.fromkeys(hexagons(), ""), {})
