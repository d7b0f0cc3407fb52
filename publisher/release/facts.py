"""What release.json says about a release besides its files."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from publisher.model.accounting import RunAccount, TableAccount
from publisher.model.sharing import SharingCoverage
from publisher.model.stages import CheckedCells, CheckResult, Supply


def release_facts(
    checked: CheckedCells,
    *,
    version: str,
    publication: str,
    published_at: str,
    settings: Mapping[str, Any],
    inputs: Sequence[tuple[str, str]],
    sharing: SharingCoverage,
    supply: Supply,
    certificate: Mapping[str, Any],
) -> dict[str, Any]:
    """Facts for the manifest: JSON values only, the same for the same inputs and settings.

    `settings` are those in force without folders; `inputs` are (name, SHA-256) pairs; `sharing`
    counts schools, never pupils. `supply` says how many schools shared registers, and how many
    numbers of pupils only. `certificate` says what the attack on the finished files showed.
    """
    scope, summary = checked.protected.scope, checked.protected.summary
    return {
        "publication": publication,
        "release": scope.week.slug,
        "version": version,
        "as_of": scope.as_of.isoformat(),
        "academic_year": scope.academic_year,
        "data_to": scope.week.friday.isoformat(),
        "publication_date": published_at,
        "days_left_out_of_national_and_regional_rows": list(map(str, scope.days_left_out)),
        "settings": dict(settings),
        "settings_sha256": _digest(settings),
        "inputs": [{"name": name, "sha256": sha256} for name, sha256 in inputs],
        "sharing": _sharing(sharing),
        "schools_submitting": asdict(supply),
        "data_sets": _rows_of(checked),
        "account_of_rows": account_facts(checked.protected.account),
        "disclosure": asdict(summary),
        "checks": _checks(checked.results),
        "certificate": dict(certificate),
    }


def _rows_of(checked: CheckedCells) -> dict[str, Any]:
    tables = checked.protected.tables
    return {table.data_set.name: {"rows": len(table.rows)} for table in tables}


def _sharing(sharing: SharingCoverage) -> dict[str, Any]:
    previous = None if sharing.previous is None else str(sharing.previous)
    return {**asdict(sharing), "previous": previous}


def account_facts(account: RunAccount | None) -> dict[str, Any] | None:
    """What became of every row that arrived; for reviewers, as the manifest is not published."""
    if account is None:
        return None
    return {
        "marks": _broken_down(account.marks),
        "pupils": _broken_down(account.pupils),
        "sessions": asdict(account.sessions) if account.sessions else None,
        "counts": _broken_down(account.counts) if account.counts else None,
        "on_roll": _broken_down(account.on_roll) if account.on_roll else None,
        "batches": [
            {
                "names": list(each.names),
                "marks": _summed_up(each.marks),
                "pupils": _summed_up(each.pupils),
            }
            for each in account.batches
        ],
    }


def _broken_down(account: TableAccount) -> dict[str, Any]:
    return {**_summed_up(account), "lines": [asdict(each) for each in account.lines]}


def _summed_up(account: TableAccount) -> dict[str, Any]:
    """The buckets that have rows; they sum to what arrived."""
    buckets = {bucket.value: rows for bucket, rows in account.buckets.items()}
    return {"arrived": account.arrived, "buckets": buckets}


def _digest(settings: Mapping[str, Any]) -> str:
    text = json.dumps(settings, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _checks(results: Sequence[CheckResult]) -> dict[str, Any]:
    outcomes = Counter(result.outcome.value for result in results)
    return {
        "run": len(results),
        "outcomes": dict(sorted(outcomes.items())),
        "not_passed": [asdict(result) for result in results if result.outcome.value != "passed"],
    }
