"""England, its nine regions and its 153 local authorities (GSS codes, April 2023)."""

from __future__ import annotations

from functools import cache

from publisher.model.definitions import Level
from publisher.model.geography import COUNTRY_CODE, COUNTRY_NAME, Location
from publisher.reference.facts import read_facts


@cache
def locations() -> tuple[Location, ...]:
    """Every place that can have rows, in published order: nation, regions, authorities by code."""
    nation = Location(COUNTRY_CODE, COUNTRY_NAME, Level.NATIONAL, None)
    return (nation, *_regions(), *local_authorities())


@cache
def local_authorities() -> tuple[Location, ...]:
    """The 153 authorities, ordered by nine-character code."""
    rows = sorted(read_facts("local_authorities"), key=lambda row: row["new_la_code"])
    return tuple(
        Location(
            code=row["new_la_code"],
            name=row["la_name"],
            level=Level.LOCAL_AUTHORITY,
            parent=row["region_code"],
            region_code=row["region_code"],
            region_name=row["region_name"],
            old_la_code=row["old_la_code"],
        )
        for row in rows
    )


@cache
def hexagons() -> dict[str, tuple[int, int]]:
    """Nine-character code of an authority -> (column, row) on the odd-r hexagon map."""
    rows = read_facts("local_authorities")
    return {row["new_la_code"]: (int(row["hex_q"]), int(row["hex_r"])) for row in rows}


def _regions() -> tuple[Location, ...]:
    names = {row["region_code"]: row["region_name"] for row in read_facts("local_authorities")}
    return tuple(
        Location(code, name, Level.REGIONAL, COUNTRY_CODE, region_code=code, region_name=name)
        for code, name in sorted(names.items())
    )
