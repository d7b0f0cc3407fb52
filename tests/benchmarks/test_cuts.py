"""What partners of the year cost, beside what a long search finds."""

from __future__ import annotations

import re

from cuts import compare
from information_loss import EXACT, problem_of

from tests.unit.disclosure.test_protect import small_country


def test_what_partners_of_the_year_cost_is_said_beside_the_cheapest() -> None:
    policy = next(iter(EXACT.values()))
    words = compare(problem_of(small_country().true_cells(), policy))
    numbers = re.findall(r"(?:ours|search): ([\d,]+)", words)
    ours, best = (int(each.replace(",", "")) for each in numbers)
    assert 0 < best <= 1.01 * ours
