"""Whom the store is told to forget, and whom it keeps out from then on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ErasedKind(StrEnum):
    """What can be erased."""

    SCHOOL = "school"
    PUPIL = "pupil"


@dataclass(frozen=True, repr=False)
class Identified:
    """A school or a pupil to be erased, as the store knows it.

    `number` is the URN of a school or the pseudonym of a pupil; `digest` a keyed hash for
    receipts, from which neither can be told; `key_fingerprint` tells which key made both.
    """

    kind: ErasedKind
    number: int
    digest: str
    key_fingerprint: str

    @property
    def column(self) -> str:
        """The column of the store's tables that names it."""
        return "urn" if self.kind is ErasedKind.SCHOOL else "pupil"

    def __repr__(self) -> str:
        return f"Identified({self.kind})"


@dataclass(frozen=True, repr=False)
class KeptOut:
    """Schools (URNs) and pupils (pseudonyms) whose rows are not stored."""

    schools: frozenset[int] = frozenset()
    pupils: frozenset[int] = frozenset()

    def of(self, kind: ErasedKind) -> frozenset[int]:
        """Those of one kind."""
        return self.schools if kind is ErasedKind.SCHOOL else self.pupils

    def __repr__(self) -> str:
        return f"KeptOut({len(self.schools)} schools, {len(self.pupils)} pupils)"
