"""How many schools share their registers, and how that changed; public numbers of schools."""

from __future__ import annotations

from dataclasses import dataclass

from publisher.model.time import IsoWeek


@dataclass(frozen=True)
class SharingCoverage:
    """Approvals behind a release: published schools, from the ledgers as they were known.

    `approved`: schools whose approval covers the last day of the release. `ended`, `begun`: since
    the release of `previous` week, as known when that one was made; None without one before.
    `without_approval`: schools counted on a day that no approval covers, sharing being mandatory.
    """

    rule: str
    withdrawals: str
    approved: int
    without_approval: int
    previous: IsoWeek | None = None
    ended: int | None = None
    begun: int | None = None
