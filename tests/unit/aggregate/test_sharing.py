"""Approvals behind a release: who is counted, who began, who ended."""

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from publisher.aggregate.aggregate import count
from publisher.aggregate.settings import EngineSettings, MethodSettings
from publisher.aggregate.sharing import EarlierLedger, sharing_coverage
from publisher.catalogue import CATALOGUE
from publisher.model.progress import Silent
from publisher.model.sharing import SharingCoverage
from publisher.model.time import IsoWeek
from publisher.render.content_sharing import coverage_words, sharing_sentences
from tests.golden.country import WEEK, country
from tests.properties.reference_count import Approval, Feed
from tests.properties.snapshot_of import snapshot_of

BINDING = MethodSettings()
REGULATED = MethodSettings(approvals="as regulated")
AS_OF = datetime(2025, 9, 26, 18, 30)
URNS = [each.urn for each in country().schools]


def known(folder: Path, approvals: dict[int, tuple[date, date | None]]):
    """The golden country where only some schools have an approval."""
    rows = tuple(Approval(urn, *span) for urn, span in approvals.items())
    return snapshot_of(replace(country(), approvals=rows), folder, AS_OF)


def everyone(*but: int) -> dict[int, tuple[date, date | None]]:
    return {urn: (date(2023, 1, 1), None) for urn in URNS if urn not in but}


def test_a_school_without_an_approval_counts_where_sharing_is_mandatory(
    tmp_path: Path, any_engine_in_full: EngineSettings
) -> None:
    snapshot = known(tmp_path, everyone(URNS[0], URNS[1]))
    schools = {}
    for method in (BINDING, REGULATED):
        true = count(snapshot, WEEK, CATALOGUE, any_engine_in_full, method, Silent())
        evidence = true.evidence
        nation = evidence[
            (evidence["location"] == "E92000001")
            & (evidence["education_phase"] == "All schools")
            & evidence["period"].str.contains("38")
        ]
        schools[method.approvals] = int(nation["schools"].max())
    assert schools == {"always binding": len(URNS) - 2, "as regulated": len(URNS)}


def test_schools_that_began_or_ended_are_counted_from_both_ledgers(
    tmp_path: Path, any_engine: EngineSettings
) -> None:
    before = known(tmp_path / "before", everyone(URNS[5]))
    ended = {**everyone(URNS[1]), URNS[0]: (date(2023, 1, 1), date(2025, 9, 16))}
    now = known(tmp_path / "now", ended)
    earlier = EarlierLedger(IsoWeek(2025, 37), before.schools, before.approvals)
    found = sharing_coverage(now, WEEK, earlier, any_engine, BINDING)
    assert found == SharingCoverage(
        rule="always binding",
        withdrawals="honoured",
        approved=len(URNS) - 2,
        without_approval=0,
        previous=IsoWeek(2025, 37),
        ended=2,
        begun=1,
    )
    (said,) = sharing_sentences(found, BINDING.sharing)
    assert "the approval of 2 schools ended and that of 1 school began" in said


def test_the_first_release_has_nothing_to_compare_with(
    tmp_path: Path, any_engine: EngineSettings
) -> None:
    found = sharing_coverage(known(tmp_path, everyone()), WEEK, None, any_engine, BINDING)
    assert (found.approved, found.ended, found.begun) == (len(URNS), None, None)
    assert sharing_sentences(found, BINDING.sharing) == ()


def test_a_missing_approval_is_reported_where_sharing_is_mandatory(
    tmp_path: Path, any_engine: EngineSettings
) -> None:
    withdrew = (date(2023, 1, 1), date(2025, 9, 16))
    ledger = {**everyone(URNS[0], URNS[1]), URNS[2]: withdrew}
    snapshot = known(tmp_path, ledger)
    counted = {}
    for withdrawals in ("honoured", "reported"):
        method = MethodSettings(approvals="as regulated", withdrawals=withdrawals)
        found = sharing_coverage(snapshot, WEEK, None, any_engine, method)
        counted[withdrawals] = found.without_approval
    # A school that withdrew on the Tuesday is without approval from the Wednesday on.
    assert counted == {"honoured": 2, "reported": 3}
    assert sharing_coverage(snapshot, WEEK, None, any_engine, BINDING).without_approval == 0
    (said,) = sharing_sentences(
        sharing_coverage(snapshot, WEEK, None, any_engine, REGULATED), REGULATED.sharing
    )
    assert said.startswith("2 schools had no approval")


def test_only_published_schools_are_counted(tmp_path: Path, any_engine: EngineSettings) -> None:
    feed: Feed = country()
    schools = tuple(replace(each, phase="") for each in feed.schools[:3]) + feed.schools[3:]
    snapshot = snapshot_of(replace(feed, schools=schools), tmp_path, AS_OF)
    found = sharing_coverage(snapshot, WEEK, None, any_engine, BINDING)
    assert found.approved == len(URNS) - 3


def test_the_coverage_says_which_rule_is_in_force() -> None:
    assert "19 August 2024" not in coverage_words(BINDING.sharing)
    assert "19 August 2024, when sharing became mandatory, unless" in coverage_words(
        REGULATED.sharing
    )
