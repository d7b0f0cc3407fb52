"""How many schools share their registers: counted from the ledgers, never from marks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from publisher.aggregate.engine import Engine, Step, StepKind
from publisher.aggregate.grid import year_of
from publisher.aggregate.opening import open_engine
from publisher.aggregate.settings import EngineSettings, MethodSettings
from publisher.model.phases import PUBLISHED_PHASES
from publisher.model.sharing import SharingCoverage
from publisher.model.tables import Snapshot
from publisher.model.time import IsoWeek
from publisher.reference.sharing import days_shared, mandatory_from


@dataclass(frozen=True)
class EarlierLedger:
    """The approvals and schools as they were known when the release of `week` was made."""

    week: IsoWeek
    schools: Path
    approvals: Path


def ledger_in_force(snapshot: Snapshot, method: MethodSettings) -> pa.Table:
    """From when to when each school is counted (`APPROVALS_SCHEMA`)."""
    urns = pq.read_table(snapshot.schools, columns=["urn"])["urn"].to_pylist()
    return days_shared(pq.read_table(snapshot.approvals), urns, method.sharing)


def sharing_coverage(
    snapshot: Snapshot,
    week: IsoWeek,
    previous: EarlierLedger | None,
    engine_settings: EngineSettings,
    method: MethodSettings,
) -> SharingCoverage:
    """How many schools share, and how many began or ended since the previous release.

    Raises:
        CouldNotRun: the engine stopped (damaged file).
        UsageProblem: the week lies in an academic year whose dates are not known.
    """
    with open_engine(engine_settings, store=snapshot.root) as engine:
        engine.read("schools", [snapshot.schools])
        engine.read("approvals", [snapshot.approvals])
        engine.read("school_days", snapshot.school_days, snapshot.not_yet)
        approved = _urns(engine, approved_schools("", week.friday))
        without: set[int] = set()
        if not method.sharing.always_binding:
            engine.load("days_shared", ledger_in_force(snapshot, method))
            without = _urns(engine, counted_without_approval(week))
        before = _before(engine, previous)
    return SharingCoverage(
        rule=method.approvals,
        withdrawals=method.withdrawals,
        approved=len(approved),
        without_approval=len(without),
        previous=previous.week if previous else None,
        ended=None if before is None else len(before - approved),
        begun=None if before is None else len(approved - before),
    )


def approved_schools(prefix: str, day: date) -> Step:
    """`urn`: published schools whose approval covers `day`."""
    return Step(
        f"{prefix}approved_schools",
        f"Published schools with an approval on {day.isoformat()}",
        f"""SELECT DISTINCT schools.urn
FROM {prefix}schools AS schools
JOIN {prefix}approvals AS approvals ON approvals.urn = schools.urn
WHERE schools.education_phase IN ({_PHASES}) AND {_covers(_day(day))}
ORDER BY schools.urn""",
        StepKind.ANSWER,
    )


def counted_without_approval(week: IsoWeek) -> Step:
    """`urn`: published schools that are counted on a day that no approval covers."""
    first = max(year_of(week).series_start, mandatory_from())
    return Step(
        "counted_without_approval",
        "Published schools with registers on days without an approval, sharing being mandatory",
        f"""SELECT DISTINCT days.urn
FROM school_days AS days
JOIN schools ON schools.urn = days.urn AND schools.education_phase IN ({_PHASES})
JOIN days_shared AS shared ON shared.urn = days.urn AND shared.approved_from <= days.date
    AND (shared.approved_to IS NULL OR days.date <= shared.approved_to)
WHERE days.date BETWEEN {_day(first)} AND {_day(week.friday)}
    AND NOT EXISTS (
        SELECT 1 FROM approvals WHERE approvals.urn = days.urn AND {_covers("days.date")}
    )
ORDER BY days.urn""",
        StepKind.ANSWER,
    )


def _before(engine: Engine, previous: EarlierLedger | None) -> set[int] | None:
    if previous is None:
        return None
    engine.read("earlier_schools", [previous.schools])
    engine.read("earlier_approvals", [previous.approvals])
    return _urns(engine, approved_schools("earlier_", previous.week.friday))


def _urns(engine: Engine, step: Step) -> set[int]:
    return set(engine.answer(step)["urn"].to_pylist())


def _covers(day: str) -> str:
    return (
        f"approvals.approved_from <= {day} "
        f"AND (approvals.approved_to IS NULL OR {day} <= approvals.approved_to)"
    )


def _day(day: date) -> str:
    return f"DATE '{day.isoformat()}'"


_PHASES = ", ".join(f"'{each}'" for each in PUBLISHED_PHASES)
