"""Every kind of leak, planted in random places, is found; its recipe gives the true number back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openpyxl
import pytest

from publisher.attack.attack import attack
from publisher.attack.recipes import Recipes
from publisher.attack.report import Verdict
from publisher.model.progress import Silent
from tests.unit.attack.toy import NATION, Row, Toy, write

SEEDS = range(3)
REGIONS = {
    "E12000001": ("E06000001", "E06000002", "E06000003"),
    "E12000002": ("E06000004", "E06000005"),
}


def attacked(folder: Path, *previous: Path):
    return attack(folder, previous, None, Silent())


def redone(folder: Path, row: Row) -> tuple[float, float]:
    """The lowest and highest value of a row's possible sessions, added up from its recipes."""
    _report, (first, *_) = attacked(folder)
    system = first.facts.system
    area, phase, when = row
    week, frame = when.split("|")
    for cell in system.protected.cell.tolist():
        found = system.cube_of(cell).items_of(cell)
        if (found["area"], found["phase"]) == (area, phase) and (
            found["period"] == f"2025|Week {week}|{frame}"
        ):
            low, high = Recipes(system, first.bounds).of(cell)
            assert low.redone == low.bound
            assert high.redone == high.bound
            return low.redone, high.redone
    raise AssertionError("the row is not withheld")


def unsafe_rows(folder: Path, *previous: Path) -> list[str]:
    report, _ = attacked(folder, *previous)
    assert report.contradictions == ()
    return [each.cell for each in report.findings if each.verdict is Verdict.UNSAFE]


def authority_and_phase(toy: Toy, seed: int) -> tuple[str, str]:
    draw = np.random.default_rng(100 + seed)
    return str(draw.choice(toy.authorities)), str(draw.choice(toy.phases))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_one_school_authority_under_an_exact_region(tmp_path: Path, seed: int):
    toy = Toy.random(seed, regions=REGIONS)
    area, phase = authority_and_phase(toy, seed)
    whens = ["37|Monday", "37|Tuesday", "37|Week", "37|Year to date"]
    hidden = [(area, p, when) for p in (phase, "All schools") for when in whens]
    folder = write(tmp_path / "a", toy, hidden)
    assert len(unsafe_rows(folder)) == len(hidden)
    for row in hidden:
        assert redone(folder, row) == (toy.possible(row), toy.possible(row))


@pytest.mark.parametrize("seed", SEEDS)
def test_all_schools_minus_its_phases(tmp_path: Path, seed: int):
    toy = Toy.random(seed, regions=REGIONS)
    _, phase = authority_and_phase(toy, seed)
    hidden = [(area, phase, "37|Monday") for area in toy.authorities]
    hidden += [(area, phase, "37|Tuesday") for area in toy.authorities]
    folder = write(tmp_path / "a", toy, hidden)
    assert len(unsafe_rows(folder)) == len(hidden)
    assert redone(folder, hidden[0]) == (toy.possible(hidden[0]), toy.possible(hidden[0]))


@pytest.mark.parametrize("seed", SEEDS)
def test_year_to_date_minus_weeks_and_week_minus_days(tmp_path: Path, seed: int):
    toy = Toy.random(seed, regions=REGIONS, weeks=(37, 38, 39))
    rows = [(a, p) for a in (*toy.authorities, *REGIONS, NATION) for p in toy.phases]
    rows += [(a, "All schools") for a, _ in rows[:: len(toy.phases)]]
    weeks = [(a, p, "38|Week") for a, p in rows]
    days = [(a, p, f"38|{day}") for a, p in rows for day in toy.days]
    folder = write(tmp_path / "a", toy, weeks + days)
    found = redone(folder, weeks[seed])
    assert found == (toy.possible(weeks[seed]), toy.possible(weeks[seed]))
    only_a_day = [(a, p, "39|Monday") for a, p in rows]
    other = write(tmp_path / "b", toy, only_a_day)
    assert len(unsafe_rows(other)) == len(only_a_day)


@pytest.mark.parametrize("base", [1, 10])
def test_a_rate_beside_a_denominator(tmp_path: Path, base: int):
    toy = Toy.random(5)
    hidden_counts = {"Overall absence", "Overall attendance"}

    def only_rates(line):
        if line["attendance_reason"] in hidden_counts:
            line["session_count"] = "c"
        return line

    folder = write(tmp_path / "a", toy, (), base, change=only_rates)
    row = ("E06000001", "Primary", "37|Monday")
    report, (first,) = attacked(folder)
    assert report.unsafe
    system = first.facts.system
    cube = system.cubes[0]
    for cell in system.protected.cell.tolist():
        found = cube.items_of(cell)
        if (found["area"], found["phase"], found["period"], found["measure"]) == (
            row[0], row[1], "2025|Week 37|Monday", "overall_absence",
        ):  # fmt: skip
            true = toy.counts[row, "overall_absence"]
            assert first.bounds.low[cell] <= true <= first.bounds.high[cell]
            assert first.bounds.high[cell] - first.bounds.low[cell] <= 1.5 * base


def test_a_rate_shown_for_a_withheld_row(tmp_path: Path):
    toy = Toy.random(6)
    hidden = partners()

    def with_rate(line):
        if line["session_count"] == "c" and line["attendance_reason"] == "Overall absence":
            line["session_percent"] = line["true_percent"]
        return line

    assert unsafe_rows(write(tmp_path / "a", toy, hidden)) == []
    assert unsafe_rows(write(tmp_path / "b", toy, hidden, change=with_rate))


def partners() -> list[Row]:
    """Two authorities and two phases in every period: nothing follows."""
    return [
        (area, phase, when)
        for area in ("E06000001", "E06000002")
        for phase in ("Primary", "Special")
        for when in ("37|Monday", "37|Tuesday", "37|Week", "37|Year to date")
    ]


def test_a_cell_shown_later_that_was_hidden(tmp_path: Path):
    toy = Toy.random(7)
    earlier = write(tmp_path / "earlier", toy, partners())
    later = write(tmp_path / "later", toy, ())
    assert unsafe_rows(earlier) == unsafe_rows(later) == []
    report, _ = attacked(later, earlier)
    later_rows = [each for each in report.findings if each.kind.startswith("shown later")]
    assert len(later_rows) == len(partners())
    assert {each.release for each in later_rows} == {"earlier"}
    same, _ = attacked(write(tmp_path / "same", toy, partners()), earlier)
    assert not same.breaks_the_policy


def test_a_complement_of_a_total(tmp_path: Path):
    toy = Toy.random(8)

    def spoilt(line):
        if line["attendance_reason"] == "All possible sessions":
            line["session_count"] = "c"
        return line

    folder = write(tmp_path / "a", toy, (), change=spoilt)
    row = ("E06000001", "Primary", "37|Monday")
    assert redone(folder, row) == (toy.possible(row), toy.possible(row))


def test_a_workbook_that_shows_what_the_csv_hides(tmp_path: Path):
    toy = Toy.random(9)
    folder = write(tmp_path / "a", toy, partners())
    assert unsafe_rows(folder) == []
    book = openpyxl.Workbook()
    row = ("E06000001", "Primary", "37|Week")
    absent = toy.counts[row, "overall_absence"]
    rows = [
        ["Table 3: Overall absence by local authority, week 37 2025"],
        ["Local authority", "Local authority code", "Overall absence: Primary (%)",
         "Overall absence: Special (%)"],
        ["Authority 1", "E06000001", round(100 * absent / toy.possible(row), 2), "[c]"],
    ]  # fmt: skip
    for each in rows:
        book.active.append(each)
    book.save(folder / "public" / "tables.xlsx")
    assert "Overall absence, Primary, Authority 1, Week 37 2025" in unsafe_rows(folder)


def test_a_sentence_that_says_what_the_csv_hides(tmp_path: Path):
    toy = Toy.random(10)
    folder = write(tmp_path / "a", toy, partners())
    row = ("E06000002", "Special", "37|Week")
    words = (
        f"In week 37, special schools in Authority 2 had {toy.possible(row):,} possible sessions."
    )
    page = folder / "public" / "index.html"
    page.write_text(f"<html><body><main><p>{words}</p></main></body></html>", encoding="utf-8")
    found = unsafe_rows(folder)
    assert "All possible sessions, Special, Authority 2, Week 37 2025" in found
    assert redone(folder, row) == (toy.possible(row), toy.possible(row))


def write_schools(path: Path, rows: list[tuple[int, str, str]]) -> None:
    """Numbers of special schools: authority, time frame, number."""
    header = (
        "time_period,time_identifier,geographic_level,country_code,region_code,new_la_code,"
        "old_la_code,la_name,education_phase,time_frame,school_submitted_count\n"
    )
    lines = "".join(
        f"2025,Week 37,Local authority,{NATION},E12000001,E0600000{n},00{n},Authority {n},Special,"
        f"{frame},{mean}\n"
        for n, frame, mean in rows
    )
    path.write_text(header + lines, encoding="utf-8")


def test_where_days_are_told_a_mean_of_few_schools_says_nothing(tmp_path: Path):
    """On the days that had a row three schools opened; on the others there is nothing to hide."""
    folder = write(tmp_path / "a", Toy.random(11), ())
    data = folder / "public" / "data"
    write_schools(data / "schools_submitting.csv", [(1, "Monday", "3"), (1, "Week", "1.4")])
    write_schools(data / "weekly.csv", [(1, "Week", "1.4")])
    assert unsafe_rows(folder) == []
    write_schools(data / "schools_submitting.csv", [(1, "Monday", "2")])
    assert len(unsafe_rows(folder)) == 1


def test_a_mean_number_of_schools_below_two(tmp_path: Path):
    folder = write(tmp_path / "a", Toy.random(11), ())
    rows = [(1, "Week", "1.4"), (2, "Week", "3")]
    write_schools(folder / "public" / "data" / "schools_submitting.csv", rows)
    found = unsafe_rows(folder)
    assert len(found) == 1
    assert "E06000001" in found[0]


def test_a_region_of_two_trusts(tmp_path: Path):
    """Each trust knows its own share of a region with two authorities: the other's is the rest."""
    toy = Toy.random(12, regions=REGIONS)
    hidden = [("E06000005", p, w) for p in (*toy.phases, "All schools")
              for w in ("37|Monday", "37|Tuesday", "37|Week", "37|Year to date")]  # fmt: skip
    folder = write(tmp_path / "a", toy, hidden)
    for row in hidden:
        assert redone(folder, row) == (toy.possible(row), toy.possible(row))


def test_days_that_regions_leave_out_are_in_no_sum_of_authorities(tmp_path: Path):
    toy = Toy.random(13, regions=REGIONS, weeks=(37, 38))

    def left_out(line):
        wide = line["geographic_level"] != "Local authority"
        if wide and line["time_identifier"] == "Week 38" and line["time_frame"] != "Year to date":
            return None
        if wide and line["time_frame"] == "Year to date":
            week = line | {"time_identifier": "Week 37", "time_frame": "Week"}
            counted = toy.counts[
                (week.get("region_code") or NATION, week["education_phase"], "37|Week"),
                {"Overall attendance": "overall_attendance", "Overall absence": "overall_absence"}
                .get(week["attendance_reason"], "possible_sessions"),
            ]  # fmt: skip
            line["session_count"] = str(counted)
            line["session_percent"] = "x"
        return line

    report, _ = attacked(write(tmp_path / "a", toy, (), change=left_out))
    assert report.contradictions == ()
    assert any("leave out 1 weeks" in each for each in report.assumptions)
    wrong, _ = attacked(write(tmp_path / "b", toy, (), change=lambda line: (
        line if line["geographic_level"] == "Local authority" else left_out(line))))  # fmt: skip
    assert wrong.contradictions == ()


def test_what_an_earlier_release_showed_of_rows_that_are_hidden_now(tmp_path: Path):
    """The earlier number of a partner gives back what it protects, unless days were corrected."""
    toy = Toy.random(14)
    earlier = write(
        tmp_path / "earlier", toy, [row for row in partners() if row[1] == "Special"][:4]
    )
    later = write(tmp_path / "later", toy, partners())
    report, _ = attacked(later, earlier)
    told = [each for each in report.assumptions if "later hides" in each]
    assert len(told) == 1
    assert told[0].startswith("later hides 12 rows that earlier shows.")
    assert "4 other hidden rows follow" in told[0]
    other = write(tmp_path / "other", Toy.random(15), partners())
    report, _ = attacked(other, earlier)
    assert any("no longer fit" in each for each in report.assumptions)
