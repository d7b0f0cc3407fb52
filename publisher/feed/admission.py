"""What a batch's rows are judged against: the schools we know, their approvals, the day."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

import numpy as np

from publisher.feed.approvals import Approvals
from publisher.feed.chunks import MALFORMED, Encoded, Flags, Int32, day_number
from publisher.feed.upns import Pseudonyms
from publisher.feed.values import urn
from publisher.model.erasure import KeptOut
from publisher.model.intake import Registers
from publisher.reference.sharing import SharingRule, days_shared

UNKNOWN_SCHOOL = MALFORMED + 1


@dataclass(frozen=True, repr=False)
class Admission:
    """The registers as questions; `urns` ascending, schools are places in it."""

    urns: Int32
    approvals: Approvals
    received: datetime
    kept_out: KeptOut = field(default_factory=KeptOut)

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

    def of_erased_school(self, school: Int32) -> Flags:
        """Whether each row is of a school that was erased; `school` are places in `urns`."""
        return _at(np.isin(self.urns, list(self.kept_out.schools)), school)

    def erased(self, school: Int32, pupil: Pseudonyms, named: Flags) -> Flags:
        """Whether each row is of a school or a pupil that was erased and is kept out.

        `school` are places in `urns`, negative: none; `pupil` means something where `named`.
        """
        of_school = self.of_erased_school(school)
        if not self.kept_out.pupils:
            return of_school
        return of_school | (named & np.isin(pupil, list(self.kept_out.pupils)))

    @cached_property
    def _places(self) -> dict[int, int]:
        return {int(number): place for place, number in enumerate(self.urns)}


class Admitting:
    """Whoever has registers and a rule of sharing can judge the rows of a batch."""

    registers: Registers
    sharing: SharingRule

    def admission(self, received: datetime, kept_out: KeptOut | None = None) -> Admission:
        """What the rows of a batch received at this moment are judged against."""
        return Admission(self._urns, self._approvals, received, kept_out or KeptOut())

    @cached_property
    def _urns(self) -> Int32:
        return np.unique(self.registers.schools.column("urn").to_numpy())

    @cached_property
    def _approvals(self) -> Approvals:
        shared = days_shared(self.registers.approvals, self._urns.tolist(), self.sharing)
        return Approvals(shared, self._urns)


def _at(flags: Flags, places: Int32) -> Flags:
    """The flag at each place; a negative place has none."""
    found: Flags = np.append(flags, False)
    return found[np.maximum(places, -1)]
