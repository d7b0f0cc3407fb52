"""What the page says of the comparison: what was asked, the times of each tool, and ratios."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from comparison import (
    BEFORE,
    BEST_OF,
    FLOOR_PLAIN,
    FLOOR_STORE,
    INCREMENT,
    OURS,
    WITHOUT,
    Asked,
    Found,
)
from page import TAKEN, table, taken

_WITHOUT = ("without evidence: the same without the distinct schools, holdings and pupils",)


def about(asked: Asked, every: Sequence[Found]) -> list[str]:
    tools = ", ".join(asked.tools)
    stored, rows = (_bytes_read(every[-1], name) for name in (FLOOR_STORE, FLOOR_PLAIN))
    return [
        "ours: the counting stage of a release, over the store; all data sets, all areas, and the "
        f"evidence for disclosure control; memory_limit {asked.our_memory}",
        f"others ({tools}): the same rules over one row per pupil and day, for authorities, "
        "regions and England, by phase and all schools: sessions by code for each day, week and "
        "the year to date; persistent and severe absence in the year to date and in each term that "
        "has ended, and absence in each week and the year to date, of all pupils and of every "
        "group of pupils; schools submitting on each day, in the mean of each week and of the year "
        "to date, and in the census; and the evidence for disclosure control: distinct schools, "
        "holdings and pupils and the two largest holdings, of all pupils by day, and of all pupils "
        "and of every group for each week, the year to date and each term that has ended. Ours "
        "alone accounts for every row that arrived, adds codes up to the published items and "
        "counts pupils in the census and daily numbers of enrolments, mean and largest, of longer "
        "periods; ours counts pupils, and holdings of groups, only as far as disclosure control "
        "asks, the others all. "
        f"DuckDB and Spark with {asked.memory}, each with 2 threads",
        *(_WITHOUT if asked.also_without else ()),
        f"at {every[-1].size.days} days the store has {stored:,.0f} MB to read, one row per pupil "
        f"and day {rows:,.0f} MB",
        "every tool that finished gave the same figures: "
        + "; ".join(f"{each.compared:,} of ours at {each.size.days} days" for each in every),
        f"stopped after {asked.limits.seconds:.0f} seconds or at "
        f"{asked.limits.mebibytes / 1024:.0f} GiB; the floor is reading every column with pyarrow "
        "in 2 threads and doing nothing",
        *rounds(every[-1]),
    ]


def rounds(found: Found) -> Iterator[str]:
    """What each took, where it was run more than once."""
    if max(map(len, found.every.values()), default=0) < 2:
        return
    took = "; ".join(
        f"{name}: {', '.join(f'{each.seconds:.1f}' for each in runs)}"
        for name, runs in found.every.items()
        if name != BEFORE
    )
    yield (
        f"at {found.size.days} days all were run one after the other, and then again, for the "
        "machine is slower in some minutes than in others; the mean of each counts, and the most "
        f"memory; seconds in order: {took}"
    )


def _bytes_read(found: Found, floor: str) -> float:
    """Megabytes that the floor read; none if it did not finish."""
    ended = found.ended.get(floor)
    return 0.0 if ended is None or ended.stopped else json.loads(ended.output)["bytes"] / 10**6


def tables(every: Sequence[Found]) -> Iterator[str]:
    """The paragraphs of the page, the largest size first."""
    for found in reversed(every):
        size = found.size
        batches = _many(size.batches, "batch")
        yield f"{size.days} school days, {size.rows:,} pupil-days in {batches}:"
        yield _size_table(found)
        yield from _ratios(found)
    if len(every) > 1:
        yield "Ours as the year goes on:"
        yield _growth(every)


def _size_table(found: Found) -> str:
    ours = found.seconds(OURS)
    rows = []
    for name, ended in found.ended.items():
        if name == BEFORE:
            continue
        times = f"{ended.measured.seconds / ours:.2f}" if ours and not ended.stopped else ""
        why = f"{name}: {ended.stopped} ({ended.stood})" if ended.stopped else name
        rows.append([why, *taken(ended.measured), times])
    rows += [[f"{name}: {reason}", "", "", "", ""] for name, reason in found.not_tried.items()]
    return table(["what", *TAKEN, "times ours"], rows)


def _ratios(found: Found) -> Iterator[str]:
    """What the release was asked to be, in ratios of this one run."""
    said = [*_times_ours(found, "", "evidence included"), *_times_ours(found, WITHOUT, WITHOUT[2:])]
    ours = found.seconds(OURS)
    floors = {
        "reading the bytes of the store": found.seconds(FLOOR_STORE),
        "reading the bytes of the rows": found.seconds(FLOOR_PLAIN),
    }
    said += [
        f"ours takes {ours / floor:.1f} times as long as {what}"
        for what, floor in floors.items()
        if ours and floor
    ]
    if said:
        yield f"In this run {'; '.join(said)}."


def _times_ours(found: Found, suffix: str, words: str) -> Iterator[str]:
    """How long the better of two tools takes for one work, by how long ours does for everything."""
    others = {name: found.seconds(name + suffix) for name in BEST_OF}
    finished = {name: each for name, each in others.items() if each is not None}
    if not finished:
        return
    best, every = min(finished.values()), " and ".join(finished)
    who = f"the better of {every}" if len(finished) > 1 else every
    whole = {"": found.seconds(OURS), " for what the last batch changed": found.seconds(INCREMENT)}
    times = [
        f"{best / ours:.2f} times as long as ours{what}" for what, ours in whole.items() if ours
    ]
    if times:
        yield f"{who} takes, {words}, {' and '.join(times)}"


def _many(number: int, one: str) -> str:
    return f"1 {one}" if number == 1 else f"{number} {one}es"


def _growth(every: Sequence[Found]) -> str:
    rows = [
        [
            f"{found.size.days}",
            f"{found.size.rows:,}",
            *taken(found.ended[OURS].measured),
            f"{found.ended[OURS].measured.seconds / found.size.rows * 10**6:.2f}",
        ]
        for found in every
        if found.seconds(OURS) is not None
    ]
    return table(["days", "pupil-days", *TAKEN, "seconds per million"], rows)
