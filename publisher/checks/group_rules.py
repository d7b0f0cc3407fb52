"""Rules about groups of pupils: the groups of each topic add up to all pupils."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from publisher.checks.cube import Cube
from publisher.checks.tally import Tally
from publisher.checks.total_rules import places_add_up
from publisher.model.breakdowns import TOTAL
from publisher.model.definitions import AbsenteeMeasure, Count, DataSet, SessionMeasure

Item = Mapping[str, str]


def groups_add_up(
    cube: Cube, column: str, sums: Sequence[Mapping[str, object]], base: int
) -> Tally:
    """In every row, the items `parts` of each of `sums` add up to its item `total`.

    Raises:
        LookupError: an item is not in the table.
    """
    places = {
        tuple(sorted(item.items())): place
        for place, item in enumerate(cube.items.to_dict("records"))
    }
    tallies = [
        places_add_up(
            cube, column, places[_name(each["total"])], [places[_name(p)] for p in parts], base
        )
        for each in sums
        if isinstance(parts := each["parts"], list) and all(_name(p) in places for p in parts)
    ]
    return Tally(sum(each.checked for each in tallies), sum(each.failing for each in tallies))


def group_sums(data_set: DataSet) -> Iterator[tuple[str, list[dict[str, object]]]]:
    """(indicator, sums) of the counts that add up over groups of pupils; means do not."""
    for column in data_set.indicator_columns:
        counted = [
            (place, figure.measure)
            for place, item in enumerate(data_set.items)
            if isinstance(figure := item.figures[column], Count)
            and isinstance(data_set.measure(figure.measure), SessionMeasure | AbsenteeMeasure)
        ]
        topics = [topic for group in data_set.breakdowns for topic in group.topics]
        sums: list[dict[str, object]] = []
        for place, measure in counted:
            if data_set.items[place].breakdown == TOTAL:
                parts = {data_set.items[n].breakdown: n for n, name in counted if name == measure}
                sums += [
                    {
                        "total": dict(data_set.items[place].filters),
                        "parts": [dict(data_set.items[parts[key]].filters) for key in topic.keys],
                    }
                    for topic in topics
                ]
        if sums:
            yield column, sums


def _name(item: object) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(item.items())) if isinstance(item, Mapping) else ()
