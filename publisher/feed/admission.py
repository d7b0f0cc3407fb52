"""What a batch's rows are judged against: the schools we know, their approvals, the day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from publisher.feed.approvals import Approvals
from publisher.feed.chunks import MALFORMED, Encoded, Int32, day_number
from publisher.feed.values import urn

UNKNOWN_SCHOOL = MALFORMED + 1


@dataclass(frozen=True, repr=False)
class Admission:
    """The registers as questions; `urns` ascending, schools are places in it."""

    urns: Int32
    approvals: Approvals
    received: datetime

    @property
    def last_day(self) -> int:
        """The day on which the batch was received; nothing can have happened after it."""
        return day_number(self.received.date())

    def schools(self, column: Encoded) -> Int32:
        """Each row's school, or `BLANK`, `MALFORMED` or `UNKNOWN_SCHOOL`."""

        def school(value: object) -> int | None:
            number = urn(value)
            return None if number is None else self._places.get(number, UNKNOWN_SCHOOL)

        return column.numbers(school)

    @cached_property
    def _places(self) -> dict[int, int]:
        return {int(number): place for place, number in enumerate(self.urns)}
