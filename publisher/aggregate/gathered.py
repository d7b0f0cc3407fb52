"""Sums that parts of the schools add to, and that a later release goes on from.

What is gathered as `new_x` is known as `x` when all parts are read. A release that goes on from an
earlier one gathers what changed only: what it counts now, less what it counted then; `kept_x` is
what the earlier one left. Every function returns one step.
"""

from __future__ import annotations

from collections.abc import Sequence

from publisher.aggregate.engine import Step, StepKind

NEW, KEPT = "new_", "kept_"


def gathered(name: str, words: str, sql: str, *, keys: Sequence[str], sums: Sequence[str]) -> Step:
    """Rows of every part; `sql` gives the columns `keys` and then `sums`, in this order.

    Rows with the same keys may be several; whoever reads `name` adds them up, unless the keys
    lie within a school and a week.
    """
    return Step(f"{NEW}{name}", words, sql, StepKind.GATHERED, tuple(keys), tuple(sums))


def taken_back(step: Step) -> Step:
    """The same rows as sums below zero: what was counted then and is counted anew."""
    columns = [*step.keys, *(f"-{each} AS {each}" for each in step.sums)]
    sql = f"SELECT {', '.join(columns)}\nFROM (\n{step.sql}\n) AS counted_then"
    return Step(step.name, f"{step.words}, taken back", sql, step.kind, step.keys, step.sums)


def whole(step: Step) -> Step:
    """All that was gathered, where everything was counted now."""
    name = name_of(step)
    return Step(name, step.words, f"SELECT *\nFROM {step.name}", StepKind.VIEW)


def merged(step: Step) -> Step:
    """What was kept and what changed; most keys have one or the other and need no adding up."""
    name = name_of(step)
    same = " AND ".join(f"changed.{each} = kept.{each}" for each in step.keys)
    keys, columns = ", ".join(step.keys), ", ".join((*step.keys, *step.sums))
    sums = ", ".join(f"CAST(SUM({each}) AS BIGINT) AS {each}" for each in step.sums)
    left = " OR ".join(f"SUM({each}) <> 0" for each in step.sums)
    of_kept = ", ".join(f"kept.{each}" for each in (*step.keys, *step.sums))
    return Step(
        name,
        step.words,
        f"""SELECT {of_kept}
FROM {KEPT}{name} AS kept
WHERE NOT EXISTS (SELECT 1 FROM {step.name} AS changed WHERE {same})
UNION ALL
SELECT {keys}, {sums}
FROM (
    SELECT {columns} FROM {step.name}
    UNION ALL
    SELECT {of_kept}
    FROM {KEPT}{name} AS kept
    WHERE EXISTS (SELECT 1 FROM {step.name} AS changed WHERE {same})
) AS added
GROUP BY {keys}
HAVING {left}""",
    )


def name_of(step: Step) -> str:
    """What a gathered table is known as when all parts are read."""
    return step.name.removeprefix(NEW)
