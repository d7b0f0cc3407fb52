"""What an intruder knows of the policy: it is printed with every release."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class KnownPolicy:
    """How figures were made, and what must not be worked out.

    rounding_base: what counts are rounded to; 0 when it is not said and must be detected.
    half_up: halves are known to round away from zero. rates_from_rounded: rates are known to be
    computed from the rounded counts. recovery_range_percent: a withheld count may not be known to
    within this. candidate_values: a withheld number of pupils keeps at least this many values.
    minimum_schools: a shown row has at least this many schools. minimum_pupils: smaller rows are
    withheld for their own sake. strike_days: days that are known
    to have no daily rows; None when it is not said.
    """

    rounding_base: int = 0
    half_up: bool = False
    rates_from_rounded: bool = False
    recovery_range_percent: int = 10
    candidate_values: int = 5
    minimum_schools: int = 3
    minimum_pupils: int = 10
    strike_days: tuple[date, ...] | None = None
