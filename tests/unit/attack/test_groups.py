"""Groups of pupils: what their topics add up to, and what their shares tell."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.attack.attack import attack, attack_one
from publisher.attack.declared import Declared
from publisher.attack.earlier import SHOWN_LATER
from publisher.attack.examination import ExaminedRow, examine
from publisher.attack.groups import families, group_sums
from publisher.attack.report import Verdict
from publisher.attack.wholes import whole_behind
from publisher.catalogue.breakdowns import BREAKDOWNS, ETHNICITY_MAJOR, ETHNICITY_MINOR
from publisher.model.progress import Silent

COLUMNS = [
    "time_period", "time_identifier", "geographic_level", "country_code", "country_name",
    "education_phase", "breakdown_topic", "breakdown", "attendance_type", "time_frame",
    "session_count", "session_percent", "enrolments_count",
]  # fmt: skip
PLACE = ["2025", "Week 37", "National", "E92000001", "England", "Primary"]
KINDS = {"Overall absence": 3, "Authorised": 2, "Unauthorised": 1}
Groups = dict[tuple[str, str], tuple[int, int]]
"""Topic and item -> sixths of absence sessions, pupils."""


def rounded(count: int, base: int = 10) -> int:
    return (count + base // 2) // base * base


def write_groups(
    folder: Path, groups: Groups, hidden: set[tuple[str, str]], base: int = 10
) -> Path:
    """A release with one row of groups of pupils; each pupil has ten possible sessions."""
    data = folder / "public" / "data"
    data.mkdir(parents=True)
    with (data / "absence_by_characteristic.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(COLUMNS)
        for key, (sixth, pupils) in groups.items():
            for kind, times in KINDS.items():
                count, whole = rounded(sixth * times, base), rounded(10 * pupils, base)
                share = f"{100 * count / whole:.2f}" if whole else "x"
                figures = ["c"] * 3 if key in hidden else [count, share, rounded(pupils, base)]
                writer.writerow([*PLACE, *key, kind, "Week", *figures])
    manifest = {"disclosure": {"rounding_base": base}, "settings": {"method": {"strike_days": []}}}
    (folder / "release.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def with_total(topics: dict[str, dict[str, tuple[int, int]]]) -> Groups:
    found: Groups = {(topic, item): n for topic, some in topics.items() for item, n in some.items()}
    first = next(iter(topics.values())).values()
    found["Total", "Total"] = (sum(a for a, _ in first), sum(p for _, p in first))
    return found


SEX = {"Sex": {"Female": (900, 4000), "Male": (1000, 4200), "Unknown": (0, 0)}}
PAIRS = {
    "Free school meals": {"Yes": (500, 2000), "No": (1500, 6000)},
    "SEN provision": {"None": (1500, 6500), "Some, or plan": (500, 1500)},
    "Free school meals with SEN": {
        "Yes, None": (300, 1500), "Yes, Some, or plan": (200, 500),
        "No, None": (1200, 5000), "No, Some, or plan": (300, 1000),
    },
}  # fmt: skip


def unsafe_cells(folder: Path) -> list[str]:
    report, _ = attack(folder, [], None, Silent())
    assert report.contradictions == ()
    assert report.closely_known == 0 or report.unsafe == 0
    return [each.cell for each in report.findings if each.verdict is Verdict.UNSAFE]


def test_a_group_that_is_the_rest_of_its_topic_is_known_closely(tmp_path: Path):
    folder = write_groups(tmp_path / "a", with_total(SEX), {("Sex", "Female")})
    report, (first,) = attack(folder, [], None, Silent())
    system = first.facts.system
    words = [system.words(int(cell)) for cell in system.protected.cell[first.narrow]]
    assert words
    assert all("Sex|Female" in each for each in words)
    assert report.closely_known == len(words)


def told_of_both(folder: Path, earlier: set[tuple[str, str]], later: set[tuple[str, str]]):
    """What is unsafe in a release and an earlier one with the same figures, by rows withheld."""
    before = write_groups(folder / "before", with_total(SEX), earlier)
    after = write_groups(folder / "after", with_total(SEX), later)
    report, _ = attack(after, [before], None, Silent())
    assert report.contradictions == ()
    return {(each.kind, each.cell) for each in report.findings if each.verdict is Verdict.UNSAFE}


def test_a_large_group_still_withheld_may_be_known_closely_in_both_releases(tmp_path: Path):
    female = {("Sex", "Female")}
    assert told_of_both(tmp_path / "still", female, female) == set()
    kinds = {kind for kind, cell in told_of_both(tmp_path / "shown", female, set())}
    assert kinds == {SHOWN_LATER}


def test_a_small_group_known_closely_from_a_later_release_is_a_finding(tmp_path: Path):
    """Its partner is shown later, so that it follows, although it is still withheld itself."""
    few = {"Sex": {"Female": (5, 4), "Male": (1000, 4200), "Unknown": (0, 0)}}
    both, one = {("Sex", "Female"), ("Sex", "Male")}, {("Sex", "Female")}
    before = write_groups(tmp_path / "before", with_total(few), both, base=1)
    after = write_groups(tmp_path / "after", with_total(few), one, base=1)
    report, _ = attack(after, [before], None, Silent())
    told = {each.cell for each in report.findings if each.kind == SHOWN_LATER}
    assert any("Sex|Female" in each for each in told)


def test_for_its_maker_no_group_withheld_for_its_own_sake_may_be_known_closely(tmp_path: Path):
    folder = write_groups(tmp_path / "a", with_total(SEX), {("Sex", "Female")})
    first = attack_one(folder, Declared(), Silent())
    female = ExaminedRow("E92000001", "Primary", "2025", "Week 37", "Week", "Sex|Female")
    assert examine(first, frozenset()).exposed == ()
    found = examine(first, frozenset({female}))
    assert found.exposed == (female,)
    assert "Sex|Male" in {each.group for each in found.beside}


def test_where_all_parts_are_withheld_only_the_total_can_hide_them(tmp_path: Path):
    """Three pupils, to the last one: each of their groups has four values at the most."""
    few = {"Sex": {"Female": (3, 2), "Male": (1, 1), "Unknown": (0, 0)}}
    hidden = {("Sex", item) for item in few["Sex"]}
    first = attack_one(
        write_groups(tmp_path / "a", with_total(few), hidden, base=1), Declared(), Silent()
    )
    found = examine(first, frozenset())
    assert {each.group for each in found.exposed} >= {"Sex|Female", "Sex|Male"}
    assert {each.group for each in found.beside} == {"Total|Total"}


def test_two_groups_of_a_topic_hide_each_other(tmp_path: Path):
    hidden = {("Sex", "Female"), ("Sex", "Male")}
    report, _ = attack(write_groups(tmp_path / "a", with_total(SEX), hidden), [], None, Silent())
    assert (report.unsafe, report.closely_known, report.contradictions) == (0, 0, ())
    assert report.safe == report.withheld


@pytest.mark.parametrize("shown", [True, False])
def test_pairs_of_two_topics_give_the_items_of_both_back(tmp_path: Path, shown: bool):
    """An item of a topic is withheld, and its pairs with the other topic are shown or not."""
    hidden = {("Free school meals", each) for each in ("Yes", "No")}
    if not shown:
        hidden |= {("Free school meals with SEN", f"{a}, None") for a in ("Yes", "No")}
    report, (first,) = attack(
        write_groups(tmp_path / "a", with_total(PAIRS), hidden), [], None, Silent()
    )
    assert report.contradictions == ()
    assert first.narrow.any() == shown


def test_a_small_group_given_away_is_no_partner(tmp_path: Path):
    """Below the least number of pupils a group is withheld for its own sake."""
    small = {"Sex": {"Female": (50, 9), "Male": (1000, 4200), "Unknown": (0, 0)}}
    groups = with_total(small)
    # Counts that happen to leave one value only.
    folder = write_groups(tmp_path / "a", groups, {("Sex", "Female")})
    _, (first,) = attack(folder, [], None, Silent())
    assert not first.close.any() or (first.low[first.close] >= 10).all()


def test_the_published_pairs_are_understood():
    """The same for the topics that are crossed."""
    crossed = next(each for each in BREAKDOWNS if len(each.topics) == 3)
    items = {f"{topic.label}|{item}" for topic in crossed.topics for item in topic.items}
    sums = group_sums({*items, "Total|Total"})
    margins = [f"{topic.label}|{item}" for topic in crossed.topics[:2] for item in topic.items]
    assert sorted(sums) == sorted(["Total|Total", *margins])


def test_every_topic_adds_up_to_the_total_and_pairs_to_both_margins():
    items = {f"{topic}|{item}" for topic, some in PAIRS.items() for item in some}
    sums = group_sums({*items, "Total|Total"})
    assert len(sums["Total|Total"]) == 3
    assert sums["Free school meals|Yes"] == [
        ("Free school meals with SEN|Yes, None", "Free school meals with SEN|Yes, Some, or plan")
    ]
    assert set(sums["SEN provision|Some, or plan"][0]) == {
        "Free school meals with SEN|Yes, Some, or plan",
        "Free school meals with SEN|No, Some, or plan",
    }
    assert len(families(sorted(items))) == 1


def test_minor_ethnic_groups_add_up_to_major_ones():
    """By the items that the catalogue publishes: a renamed group would leave the sum out."""
    coarse, fine = ETHNICITY_MAJOR.items, ETHNICITY_MINOR.items
    items = {f"Ethnicity major|{each}" for each in coarse}
    items |= {f"Ethnicity minor|{each}" for each in fine}
    sums = group_sums(items)
    assert set(sums) == {f"Ethnicity major|{each}" for each in coarse}
    parts = [part for each in sums.values() for some in each for part in some]
    assert sorted(parts) == sorted(f"Ethnicity minor|{each}" for each in fine)


@given(st.integers(0, 50_000), st.integers(1, 50_000), st.sampled_from([1, 10]))
def test_the_whole_behind_a_share_is_never_missed(count: int, more: int, base: int):
    part, whole = count * base, (count + more) * base
    hundredths = (2 * 10_000 * part + whole) // (2 * whole)
    low, high = whole_behind(np.array([float(part)]), np.array([hundredths / 100]), 0.005, base)
    assert low[0] <= whole <= high[0]
