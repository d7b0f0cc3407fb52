"""Sums that parts of the schools add to, and that a later release goes on from.

What is gathered as `new_x` is known as `x` when all parts are read. A release that goes on from an
earlier one gathers what changed only: what it counts now, less what it counted then; `kept_x` is
what the earlier one left. Every function returns one step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from publisher.aggregate.engine import Step, StepKind

NEW, KEPT = "new_", "kept_"
_THEN, _NOW = "then_", "now_"


def gathered(
    name: str,
    words: str,
    sql: str,
    *,
    keys: Sequence[str],
    sums: Sequence[str],
    several: bool = False,
    kind: StepKind = StepKind.GATHERED,
) -> Step:
    """Rows of every part; `sql` gives the columns `keys` and then `sums`, in this order.

    Rows with the same keys may be several where the keys do not lie within a school. `several`:
    whoever reads `name` adds them up, so that a later release may leave those that were kept as
    they are and put what changed beside them.
    """
    return Step(f"{NEW}{name}", words, sql, kind, tuple(keys), tuple(sums), several)


def in_memory(step: Step) -> Step:
    """What changed is few rows, which need no files."""
    return replace(step, kind=StepKind.GATHERED) if step.kind is StepKind.FILED else step


def taken_back(step: Step) -> Step:
    """The same rows as sums below zero: what was counted then and is counted anew."""
    columns = [*step.keys, *(f"-{each} AS {each}" for each in step.sums)]
    sql = f"SELECT {', '.join(columns)}\nFROM (\n{step.sql}\n) AS counted_then"
    return replace(step, words=f"{step.words}, taken back", sql=sql)


def whole(step: Step) -> Step:
    """All that was gathered, where everything was counted now.

    Parts of the schools share areas: what they left of one is added up, once for all its readers.
    """
    name = name_of(step)
    if not is_of_areas(step):
        return Step(name, step.words, f"SELECT *\nFROM {step.name}", StepKind.VIEW)
    return Step(name, step.words, _added_up(step, step.name))


def is_of_areas(step: Step) -> bool:
    """Whether several parts of the schools may leave many rows with the same keys."""
    return step.several and "urn" not in step.keys


def netted(step: Step) -> Step:
    """What was taken back and counted again as it was needs no further look."""
    return Step(changes_of(step), f"{step.words}: what changed", _added_up(step, step.name))


def merged(step: Step) -> Step:
    """What was kept and what changed; most keys have one or the other and need no adding up."""
    name = name_of(step)
    columns = ", ".join((*step.keys, *step.sums))
    same = " AND ".join(f"changed.{each} = kept.{each}" for each in step.keys)
    of_kept = ", ".join(f"kept.{each}" for each in (*step.keys, *step.sums))
    both = f"""(
    SELECT {columns} FROM {changes_of(step)}
    UNION ALL
    SELECT {of_kept}
    FROM {KEPT}{name} AS kept
    JOIN {changes_of(step)} AS changed ON {same}
) AS added"""
    return Step(
        name,
        step.words,
        f"""SELECT {of_kept}
FROM {KEPT}{name} AS kept
WHERE NOT EXISTS (SELECT 1 FROM {changes_of(step)} AS changed WHERE {same})
UNION ALL
{_added_up(step, both)}""",
    )


def beside(step: Step) -> Step:
    """What was kept, and what changed beside it."""
    name, columns = name_of(step), ", ".join((*step.keys, *step.sums))
    return Step(
        name,
        step.words,
        f"SELECT {columns} FROM {KEPT}{name}\nUNION ALL\nSELECT {columns} FROM {changes_of(step)}",
        StepKind.VIEW,
    )


def put_together(step: Step) -> Step:
    """The same, added up: of many releases too many rows would stand beside one another."""
    rows = beside(step)
    return Step(rows.name, rows.words, _added_up(step, f"(\n{rows.sql}\n) AS rows"))


def counted_then(step: Step) -> Step:
    """A table of what was counted then, as sums below zero."""
    return replace(taken_back(step), name=f"{_THEN}{step.name}")


def counted_now(step: Step) -> Step:
    """A table of what is counted anew."""
    return replace(step, name=f"{_NOW}{step.name}")


def added(step: Step) -> Step:
    """A table as it is now: where most of what was kept changed, all is added up at once."""
    columns = ", ".join((*step.keys, *step.sums))
    tables = (f"{each}{step.name}" for each in (KEPT, _THEN, _NOW))
    rows = "\n    UNION ALL\n".join(f"    SELECT {columns} FROM {each}" for each in tables)
    return replace(step, sql=_added_up(step, f"(\n{rows}\n) AS rows"))


def changes_of(step: Step) -> str:
    """The table of what changed."""
    return f"changed_{name_of(step)}"


def _added_up(step: Step, rows: str) -> str:
    """One row for the same keys, where a sum is left."""
    keys = ", ".join(step.keys)
    sums = ", ".join(f"CAST(SUM({each}) AS BIGINT) AS {each}" for each in step.sums)
    left = " OR ".join(f"SUM({each}) <> 0" for each in step.sums)
    return f"SELECT {keys}, {sums}\nFROM {rows}\nGROUP BY {keys}\nHAVING {left}"


def name_of(step: Step) -> str:
    """What a gathered table is known as when all parts are read."""
    return step.name.removeprefix(NEW)
