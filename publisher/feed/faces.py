"""The two faces that every format of a feed shows: a feed, and a batch that has arrived."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from publisher.feed.pseudonym import PseudonymKey
from publisher.model.erasure import KeptOut
from publisher.model.intake import BatchOutcome, PreparedBatch, Registers, RowRefusal
from publisher.model.progress import Progress


class ArrivedBatch(Protocol):
    """A batch that is there, not yet judged; `sha256` is over what arrived."""

    @property
    def name(self) -> str:
        """The moment of receipt, as `2025-11-07T1830`."""

    @property
    def sha256(self) -> str:
        """Tells whether the same batch is stored already."""

    def prepare(
        self, key: PseudonymKey, progress: Progress, kept_out: KeptOut | None = None
    ) -> PreparedBatch:
        """Validate and pseudonymise the batch; leave out whom `kept_out` names.

        Raises:
            BatchRefused: it is broken; nothing of it may be stored.
        """


class Feed(Protocol):
    """A feed whose registers have been read."""

    @property
    def registers(self) -> Registers:
        """Schools, approvals, census."""

    @property
    def refusals(self) -> tuple[RowRefusal, ...]:
        """What was left out of the registers, and why."""

    @property
    def not_read(self) -> tuple[str, ...]:
        """What lies beside the feed and was not read."""

    @property
    def folders(self) -> tuple[Path, ...]:
        """One name per batch, oldest first."""

    def arrived(self, folder: Path) -> ArrivedBatch:
        """The batch of one of `folders`.

        Raises:
            BatchRefused: it is not a batch.
        """

    def finished(self, outcomes: Sequence[BatchOutcome]) -> None:
        """Learn what became of the batches, once everything is in the store.

        Raises:
            CouldNotRun: what is to be remembered cannot be written.
        """
