"""The gate (policy, point 7): a release leaves only when the attack on its finished files fails.

The attack reads the folder back from disk as anybody can. Where it succeeds, the rows beside what
it gives away are withheld too and the release is made again.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from publisher.attack.attack import NOT_TESTED, Attacked, attack_one
from publisher.attack.certificate import write_certificate
from publisher.attack.declared import Declared
from publisher.attack.examination import Examination, ExaminedRow, examine
from publisher.attack.judge import contradictions_in_words
from publisher.attack.series import TOTAL_GROUP
from publisher.disclosure.ledger import OWN_SAKE
from publisher.errors import DisclosureBlocked
from publisher.model.breakdowns import BREAKDOWN, TOTAL
from publisher.model.progress import Progress
from publisher.model.stages import ROW_KEY, ProtectedCells, ReleaseScope

CERTIFICATE = "certificate.npz"
_COLUMNS = [*ROW_KEY, BREAKDOWN]
_MOST_TOLD = 5


class GivenAway(Exception):
    """The attack succeeded; the release must be made again with `further` withheld as well.

    further: rows to withhold, `ROW_KEY` and `BREAKDOWN` columns. where: what is given away.
    """

    def __init__(self, further: pd.DataFrame, where: tuple[str, ...]) -> None:
        super().__init__("withheld rows can be worked out from the finished files")
        self.further, self.where = further, where


@dataclass(frozen=True)
class Passed:
    """What the attack on a release that held has to say; numbers of rows, never values.

    withheld: withheld numbers that were attacked. proved: those that two whole worlds show to be
    safe. not_proved: those that no attack worked out and no worlds were found for.
    closely_known: large groups of pupils, withheld only to protect others, that are known to
    within the policy's range.
    """

    numbers_published: int
    withheld: int
    proved: int
    not_proved: int
    closely_known: int
    rounds: int
    not_tested: tuple[str, ...]
    assumed: tuple[str, ...]

    @property
    def facts(self) -> dict[str, Any]:
        """For the manifest."""
        return {"file": CERTIFICATE, **asdict(self)}

    @property
    def words(self) -> tuple[str, ...]:
        """What was not tested, for reviewers."""
        found = [
            *self.not_tested,
            "Figures of earlier releases were not combined with those of this one, except that "
            "what was withheld stays withheld (publisher attack --previous combines them).",
            "Figures were not compared with those of the last release.",
        ]
        if self.not_proved:
            found.insert(
                0,
                f"Of {self.withheld:,} withheld numbers {self.not_proved:,} are not proved to be "
                "safe by whole worlds; the attack on the finished files did not work them out.",
            )
        if self.closely_known:
            found.append(
                f"{self.closely_known:,} numbers of large groups of pupils, withheld only to "
                "protect others beside them, are known to within the policy's range."
            )
        return tuple(found)


def inspect(folder: Path, protected: ProtectedCells, rounds: int, progress: Progress) -> Passed:
    """Attack the finished files of a release, and write the certificate beside `public/`.

    Args:
        folder: the release: `public/` and a manifest with the policy.
        protected: what was published; only where, and what is withheld for its own sake.
        rounds: how many times the release was made.
        progress: where to tell how far the work is.

    Raises:
        GivenAway: withheld rows can be worked out.
        DisclosureBlocked: the published figures contradict each other, so that nothing is shown.
    """
    attacked = attack_one(folder, Declared(), progress, prove=False)
    if attacked.bounds.contradictions:
        told = contradictions_in_words(attacked.facts.system, attacked.bounds.contradictions)
        raise DisclosureBlocked(
            "the finished files contradict each other, so that the attack on them shows nothing: "
            + "; ".join(told[:_MOST_TOLD]),
            "Nothing is published. Please report this with the settings of the run.",
        )
    found = examine(attacked, _for_own_sake(protected))
    if found.exposed:
        raise GivenAway(_further(found, protected), _where(found))
    write_certificate(folder / CERTIFICATE, (attacked,))
    return _passed(attacked, rounds)


def _passed(attacked: Attacked, rounds: int) -> Passed:
    proved, close = int(attacked.safe.sum()), int(attacked.close.sum())
    return Passed(
        numbers_published=int(attacked.facts.system.shown.sum()),
        withheld=len(attacked.low),
        proved=proved,
        not_proved=len(attacked.low) - proved - close,
        closely_known=close,
        rounds=rounds,
        not_tested=(*NOT_TESTED, *attacked.notes),
        assumed=attacked.facts.system.assumptions,
    )


def _for_own_sake(protected: ProtectedCells) -> frozenset[ExaminedRow]:
    rows = protected.withheld_groups
    if OWN_SAKE not in rows:
        return frozenset()
    own = rows.loc[rows[OWN_SAKE].to_numpy(dtype=bool), _COLUMNS]
    when = {each.key: each for each in protected.scope.periods}
    groups = {key: key.replace(": ", "|", 1) for key in own[BREAKDOWN].unique()}
    return frozenset(
        ExaminedRow(
            area,
            phase,
            when[period].time_period,
            when[period].time_identifier,
            when[period].time_frame,
            groups[group],
        )
        for area, phase, period, group in own.itertuples(index=False)
    )


def _further(found: Examination, protected: ProtectedCells) -> pd.DataFrame:
    """Rows to withhold as well, as the keys by which they are counted."""
    periods = _periods(protected.scope)
    rows = [
        (each.area, each.phase, key, _breakdown(each.group))
        for each in found.beside
        if (key := periods.get((each.time_period, each.time_identifier, each.time_frame)))
    ]
    return pd.DataFrame(rows, columns=_COLUMNS, dtype="str")


def _periods(scope: ReleaseScope) -> dict[tuple[str, str, str], str]:
    return {(p.time_period, p.time_identifier, p.time_frame): p.key for p in scope.periods}


def _breakdown(group: str) -> str:
    return TOTAL if group == TOTAL_GROUP else group.replace("|", ": ", 1)


def _where(found: Examination) -> tuple[str, ...]:
    """Which rows are given away, never how closely."""
    return tuple(
        ", ".join(part for part in (each.area, each.phase, _when(each), _what(each)) if part)
        for each in found.exposed
    )


def _when(row: ExaminedRow) -> str:
    return f"{row.time_frame} of {row.time_identifier} {row.time_period}"


def _what(row: ExaminedRow) -> str:
    return row.group.replace("|", ": ", 1) if row.is_group else ""


def blocked(given_away: GivenAway, rounds: int) -> DisclosureBlocked:
    """What a person is told when withholding more did not help."""
    where = given_away.where
    more = f"; and {len(where) - _MOST_TOLD:,} more" if len(where) > _MOST_TOLD else ""
    return DisclosureBlocked(
        f"{len(where):,} withheld rows can be worked out from the finished files, after "
        f"{rounds} rounds of withholding more: " + "; ".join(where[:_MOST_TOLD]) + more,
        "Nothing is published. Please report this with the settings of the run.",
    )
