"""Asks a supplier school after school, and notes what is to be remembered of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from hashlib import sha256

from publisher.feed.preparation import BatchIdentity
from publisher.feed.wonde.intake import WondeRegisters, wonde_registers
from publisher.feed.wonde.listing import Supplier
from publisher.feed.wonde.pages import Placed
from publisher.feed.wonde.pull import NotTaken, SchoolPull, pull_school
from publisher.feed.wonde.schools import School, record_of, school_of
from publisher.feed.wonde.sharing import Spans, opened, spans_shared, touch
from publisher.feed.wonde.state import SchoolState, SupplierState
from publisher.feed.wonde.values import LONDON
from publisher.model.erasure import KeptOut
from publisher.model.intake import RowRefusal
from publisher.reference.sharing import SharingRule

NEVER_ASKED = SchoolState(listed={})
_OVERLAP = timedelta(seconds=1)
"""What changed in the second in which a pull began may be missing from it: asked for again."""


class Asking:
    """One pull of a supplier; `listed` are its schools without those that are kept out."""

    def __init__(
        self,
        supplier: Supplier,
        known: SupplierState,
        listed: Sequence[School],
        census: Sequence[Placed],
        sharing: SharingRule,
    ) -> None:
        """Prepare to ask.

        Raises:
            FeedProblem: not one of the schools can be understood.
        """
        began = supplier.began
        self.received = began.astimezone(LONDON).replace(second=0, microsecond=0, tzinfo=None)
        self._until = began - _OVERLAP
        self._supplier, self._known, self._census, self._sharing = supplier, known, census, sharing
        self._listed = {each.id for each in listed}
        registers = wonde_registers(listed, census, sharing).registers
        self._understood = frozenset(registers.schools.column("urn").to_pylist())
        self.pulls: list[SchoolPull] = []
        self.schools: list[School] = []
        self.states: dict[str, SchoolState] = {}
        self.not_taken: list[RowRefusal] = []

    def ask(self, school: School) -> None:
        """Pull a school that may have something new of a day on which it is shared.

        A school whose row of the register cannot be understood is not asked: nothing of it could
        be stored, and it would not be asked for the same again.
        """
        state = self._known.schools.get(school.id, NEVER_ASKED)
        shared = spans_shared(school, self._sharing)
        since = self._since(state, shared)
        first = None if since is None else since.date()
        if school.number not in self._understood or not touch(shared, first, self._today):
            self._note(school, state.asked_until, state.shared)
            return
        pulled = pull_school(self._supplier, school, since, self.received)
        if isinstance(pulled, SchoolPull):
            self.pulls.append(pulled)
            self._note(school, self._until, shared)
        elif pulled is NotTaken.WITHDRAWN:
            self._end(school, state, news=touch(shared, self._today, self._today))
        else:
            self._note(school, state.asked_until, state.shared)
            self._report(school, pulled)

    def keep_unlisted(self, kept_out: KeptOut) -> None:
        """Keep in the registers what the supplier lists no more; sharing has ended."""
        for school_id in sorted(self._known.schools.keys() - self._listed):
            state = self._known.schools[school_id]
            school = school_of((f"schools of an earlier pull, {school_id}", state.listed))
            if school.number not in kept_out.schools:
                self._end(school, state, news=True)

    def registers(self) -> WondeRegisters:
        """What the schools are now known to be.

        Raises:
            FeedProblem: not one of them can be understood.
        """
        return wonde_registers(self.schools, self._census, self._sharing)

    def identity(self) -> BatchIdentity:
        """Which batch it is: named after the moment at which the supplier began to answer."""
        return BatchIdentity(f"{self.received:%Y-%m-%dT%H%M}", self.received, _digest(self.pulls))

    def _since(self, state: SchoolState, shared: Spans) -> datetime | None:
        """From when on changes are asked for; None: everything."""
        asked = state.asked_until
        if asked is None or asked > self._until:
            return None  # the supplier's clock was wrong, then or now
        if opened(state.shared, shared, asked.astimezone(LONDON).date()):
            return None  # of days that are shared only now, old records count too
        return asked

    @property
    def _today(self) -> date:
        return self.received.date()

    def _note(self, school: School, asked_until: datetime | None, shared: Spans) -> None:
        self.schools.append(school)
        self.states[school.id] = SchoolState(
            listed=record_of(school), asked_until=asked_until, shared=shared
        )

    def _end(self, school: School, state: SchoolState, *, news: bool) -> None:
        ended = state.ended or self._today
        self.schools.append(school.closed(ended))
        self.states[school.id] = state.model_copy(
            update={"listed": record_of(school), "ended": ended}
        )
        if news and state.ended is None:
            self._report(school, NotTaken.WITHDRAWN)

    def _report(self, school: School, words: NotTaken) -> None:
        self.not_taken.append(RowRefusal("approvals", school.label, "access", words))


def _digest(pulls: Iterable[SchoolPull]) -> str:
    digest = sha256()
    for each in pulls:
        digest.update(each.digest)
    return digest.hexdigest()
