"""Our own expectation type about groups of pupils (see `expectation_types`)."""

from __future__ import annotations

from typing import Any, ClassVar

from publisher.checks import group_rules
from publisher.checks.expectation_types import CubeExpectation, Entries, WholeNumber


class ExpectGroupsToAddUp(CubeExpectation):
    """In every row, the groups of pupils of each topic add up to all pupils."""

    column: str
    sums: Entries
    base: WholeNumber
    success_keys: ClassVar[tuple[str, ...]] = ("column", "sums", "base")
    rule: ClassVar[Any] = staticmethod(group_rules.groups_add_up)
