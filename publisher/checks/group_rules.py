"""Rules about groups of pupils: those of each topic add up to what they are parts of."""

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
        sums: list[dict[str, object]] = []
        for place, measure in counted:
            of_key = {data_set.items[n].breakdown: n for n, name in counted if name == measure}
            sums += [
                {
                    "total": dict(data_set.items[place].filters),
                    "parts": [dict(data_set.items[of_key[key]].filters) for key in parts],
                }
                for parts in _parts(data_set, data_set.items[place].breakdown)
                if set(parts) <= set(of_key)
            ]
        if sums:
            yield column, sums


def _parts(data_set: DataSet, key: str) -> Iterator[tuple[str, ...]]:
    """The keys of every finer topic that add up to a group of pupils, or to all pupils."""
    for group in data_set.breakdowns:
        every = frozenset(range(len(group.leaves)))
        whole = every if key == TOTAL else group.members.get(key, frozenset())
        for topic in group.topics:
            parts = tuple(each for each in topic.keys if group.members[each] <= whole)
            together = frozenset().union(*(group.members[each] for each in parts))
            if parts and key not in parts and together == whole:
                yield parts


def _name(item: object) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(item.items())) if isinstance(item, Mapping) else ()
