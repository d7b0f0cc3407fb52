"""Worked cases of the method: given marks, the figures that follow (docs/method.md)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from publisher.errors import UsageProblem
from publisher.reference.areas import local_authorities
from tests.spec.given_expected import counted, holds

ONE_SCHOOL = """
school  Oak   Darlington  Primary
pupil   Ann   Oak
pupil   Bob   Oak
"""


def test_what_each_code_counts_as() -> None:
    """Present and approved activity is attendance; D, X, Y, Z and # are no possible sessions."""
    holds(
        ONE_SCHOOL
        + """
marks   Ann  2025-09-15  /  \\
marks   Bob  2025-09-15  L  B
marks   Ann  2025-09-16  I  U
marks   Bob  2025-09-16  X  Y
marks   Ann  2025-09-17  #  -
        """,
        """
England | Primary | Week 38 | | possible_sessions        | 6
England | Primary | Week 38 | | overall_attendance       | 4
England | Primary | Week 38 | | present_sessions         | 3
England | Primary | Week 38 | | approved_educational_activity | 1
England | Primary | Week 38 | | overall_absence          | 2
England | Primary | Week 38 | | authorised_absence       | 1
England | Primary | Week 38 | | unauthorised_absence     | 1
England | Primary | Week 38 | | late_sessions            | 2
England | Primary | 2025-09-16 | | possible_sessions     | 2
England | Primary | 2025-09-17 | | possible_sessions     | no row
        """,
        "2025-W38",
    )


def test_an_unknown_code_is_never_guessed_and_a_mark_without_a_record_is_held_back() -> None:
    """A record that comes later takes the marks in, for every day they were made."""
    given = (
        ONE_SCHOOL
        + """
stranger  Cat  Oak
marks   Ann  2025-09-15  /  ?
marks   Cat  2025-09-15  /  /
"""
    )
    one = "England | Primary | 2025-09-15 | | possible_sessions | 1"
    three = "England | Primary | 2025-09-15 | | possible_sessions | 3"
    holds(given, one, "2025-W38")
    holds(given + "later\npupil Cat Oak", three, "2025-W38")


def test_every_past_day_is_counted_anew_when_a_school_corrects_it() -> None:
    """The latest row holds, as a whole; a row with both marks blank withdraws the day."""
    given = (
        ONE_SCHOOL
        + """
marks   Ann,Bob  2025-09-15..2025-09-19  N  N
marks   Ann,Bob  2025-09-22              /  \\
later
marks   Ann      2025-09-15              I  /
marks   Bob      2025-09-15              /  -
marks   Ann,Bob  2025-09-19              -  -
"""
    )
    before, _, _ = given.partition("later")
    holds(
        before,
        """
England | Primary | Week 38    | | reason_n_no_reason_yet | 20
England | Primary | 2025-09-15 | | overall_absence        | 4
        """,
        "2025-W39",
    )
    holds(
        given,
        """
England | Primary | Week 38      | | reason_n_no_reason_yet      | 12
England | Primary | Week 38      | | possible_sessions           | 15
England | Primary | Year to date | | reason_i_authorised_illness | 1
England | Primary | 2025-09-15   | | overall_absence             | 1
England | Primary | 2025-09-15   | | possible_sessions           | 3
England | Primary | 2025-09-19   | | possible_sessions           | no row
        """,
        "2025-W39",
    )


def test_who_is_counted_is_aged_5_to_15_on_31_august() -> None:
    """Born on 31 August 2020 is 5 on the day, on 1 September is 4; 15 and 16 the same."""
    holds(
        """
school  Elm   Darlington  Secondary
pupil   Five     Elm  born=2020-08-31
pupil   Four     Elm  born=2020-09-01
pupil   Fifteen  Elm  born=2009-09-01
pupil   Sixteen  Elm  born=2009-08-31
marks   Five,Four,Fifteen,Sixteen  2025-09-15  /  \\
        """,
        """
England | Secondary | 2025-09-15 | | possible_sessions | 4
        """,
        "2025-W38",
    )


def test_year_11_leaves_after_the_may_half_term_in_any_school_type() -> None:
    """From 1 June 2026 sessions of those aged 15 at the start of the year are removed."""
    holds(
        """
school  Elm   Darlington  Secondary
school  Fir   Darlington  Special
pupil   Eve   Elm  born=2010-01-01
pupil   Fay   Fir  born=2010-01-01
pupil   Gus   Elm  born=2011-01-01
marks   Eve,Fay,Gus  2026-05-22  /  \\
marks   Eve,Fay,Gus  2026-06-01  /  \\
        """,
        """
England | All schools | 2026-05-22 | | possible_sessions | 6
England | All schools | 2026-06-01 | | possible_sessions | 2
England | Special     | 2026-06-01 | | possible_sessions | no row
England | Secondary   | 2026-06-01 | | possible_sessions | 2
        """,
        "2026-W23",
    )


def test_only_days_between_admission_and_leaving_count() -> None:
    holds(
        """
school  Oak   Darlington  Primary
pupil   Ann   Oak  admission_date=2025-09-16  leaving_date=2025-09-17
marks   Ann   2025-09-15..2025-09-18  /  \\
        """,
        """
England | Primary | Week 38 | | possible_sessions | 4
        """,
        "2025-W38",
    )


def test_a_pupil_at_two_schools_is_two_enrolments() -> None:
    """Each is persistently absent, or not, by its own sessions."""
    holds(
        """
school  Oak   Darlington  Primary
school  Ash   Hartlepool  Primary
pupil   Ann   Oak
pupil   Ann   Ash
marks   Ann@Oak,Ann@Ash  2026-01-05..2026-01-16  /  \\
marks   Ann@Ash          2026-01-12              I  I
        """,
        """
North East | Primary | 2026-01-12   | | possible_sessions   | 4
North East | Primary | Week 3       | | enrolments          | 2
North East | Primary | Year to date | | total_enrolments    | 2
North East | Primary | Year to date | | persistently_absent | 1
        """,
        "2026-W03",
    )


TWO_PHASES = """
school  Oak   Darlington  Primary
school  Elm   Darlington  Secondary
pupil   Ann   Oak
pupil   Dan   Elm
marks   Ann   {day}  I  /
marks   Dan   {day}  /  \\
"""


def test_all_schools_is_the_plain_sum_from_2025_26_authorities_included() -> None:
    holds(
        TWO_PHASES.format(day="2025-09-15"),
        """
Darlington | All schools | Week 38 | | possible_sessions | 4
Darlington | All schools | Week 38 | | overall_absence   | 1
North East | All schools | Week 38 | | possible_sessions | 4
England    | All schools | Week 38 | | overall_absence   | 1
        """,
        "2025-W38",
    )


def test_to_2024_25_authorities_have_no_row_for_all_schools() -> None:
    given, expected = (
        TWO_PHASES.format(day="2024-09-16"),
        """
Darlington | All schools | Week 38 | | possible_sessions | no row
Darlington | Primary     | Week 38 | | possible_sessions | 2
North East | All schools | Week 38 | | possible_sessions | 4
England    | All schools | Week 38 | | possible_sessions | 4
        """,
    )
    holds(given, expected, "2024-W38")
    assert counted(given, "2024-W38").weighted_totals
    assert not counted(TWO_PHASES.format(day="2025-09-15"), "2025-W38").weighted_totals


def test_numbers_of_schools_and_enrolments_are_means_of_the_days_that_have_a_row() -> None:
    """Two schools on Monday, one on Tuesday: 3 / 2 days = 1.5, half away from zero 2."""
    holds(
        """
school  Oak   Darlington  Primary
school  Ash   Darlington  Primary
pupil   Ann   Oak
pupil   Bob   Oak
pupil   Cat   Ash
marks   Ann,Bob,Cat  2025-09-15  /  \\
marks   Ann          2025-09-16  /  \\
        """,
        """
Darlington | Primary | 2025-09-15 | | schools_submitted | 2
Darlington | Primary | 2025-09-16 | | schools_submitted | 1
Darlington | Primary | Week 38    | | schools_submitted | 2
Darlington | Primary | Week 38    | | enrolments        | 2
        """,
        "2025-W38",
    )


HALF_TERM = """
school  Oak   Darlington  Primary
school  Ash   Hartlepool  Primary
school  Yew   Camden      Primary
pupil   Ann   Oak
pupil   Bob   Ash
pupil   Cat   Yew
marks   Ann,Bob,Cat  2025-09-15  /  \\
marks   Ann          2025-09-22  I  I
"""


def test_a_week_in_which_few_authorities_are_open_is_left_out_above_them() -> None:
    """One of three authorities is open in week 39, fewer than 50%: the authority keeps it."""
    holds(
        HALF_TERM,
        """
Darlington | Primary | Week 39      | | possible_sessions | 2
North East | Primary | Week 39      | | possible_sessions | no row
England    | Primary | Week 39      | | possible_sessions | no row
Darlington | Primary | Year to date | | overall_absence   | 2
North East | Primary | Year to date | | overall_absence   | 0
England    | Primary | Year to date | | possible_sessions | 6
        """,
        "2025-W39",
    )


def test_exactly_the_threshold_stays_in() -> None:
    holds(
        HALF_TERM,
        """
England    | Primary | Week 39      | | overall_absence   | 2
England    | Primary | Year to date | | overall_absence   | 2
        """,
        "2025-W39",
        minimum_open_authorities_percent=33,
    )


def test_a_strike_day_has_no_daily_row_and_stays_in_the_week() -> None:
    holds(
        ONE_SCHOOL + "marks Ann,Bob 2025-09-15..2025-09-16 / \\",
        """
England | Primary | 2025-09-15 | | possible_sessions | 4
England | Primary | 2025-09-16 | | possible_sessions | no row
England | Primary | Week 38    | | possible_sessions | 8
        """,
        "2025-W38",
        strike_days=("2025-09-16",),
    )


def test_an_area_without_an_open_school_has_no_row() -> None:
    holds(
        ONE_SCHOOL + "marks Ann,Bob 2025-09-15 / \\",
        """
England | Primary   | 2025-09-16 | | possible_sessions | no row
England | Secondary | Week 38    | | possible_sessions | no row
Camden  | Primary   | Week 38    | | possible_sessions | no row
        """,
        "2025-W38",
    )


# possible sessions, missed -> persistently absent, severely absent, in the denominator
ABSENTEES = [
    (10, 10, 0, 0, 0),  # 10 possible sessions or fewer are left out
    (12, 1, 0, 0, 1),  # 8.3%
    (20, 2, 1, 0, 1),  # exactly 10%
    (22, 2, 0, 0, 1),  # 9.1%
    (12, 6, 1, 1, 1),  # exactly 50%
    (14, 6, 1, 0, 1),  # 42.9%
]


def test_persistently_absent() -> None:
    """Each line above is a pupil in an authority of its own; the absences come first."""
    areas = [each.code for each in local_authorities()][: len(ABSENTEES)]
    given, expected = [], []
    for area, (possible, missed, persistent, severe, counts) in zip(areas, ABSENTEES, strict=True):
        given += [f"school S{area} {area} Primary", f"pupil P{area} S{area} sex=Female"]
        for number in range(possible // 2):
            day = date(2025, 9, 15) + timedelta(days=number + 2 * (number // 5))
            left = max(0, min(2, missed - 2 * number))
            codes = " ".join("I" if n < left else "/" for n in (0, 1))
            given.append(f"marks P{area} {day} {codes}")
        expected.append(
            f"""
{area} | Primary | Year to date |             | total_enrolments    | {counts}
{area} | Primary | Year to date |             | persistently_absent | {persistent}
{area} | Primary | Year to date |             | severely_absent     | {severe}
{area} | Primary | Year to date | Sex: Female | persistently_absent | {persistent}
{area} | Primary | Year to date | Sex: Male   | total_enrolments    | 0
            """
        )
    holds("\n".join(given), "\n".join(expected), "2025-W40", minimum_open_authorities_percent=0)


def test_a_term_is_published_once_it_has_ended() -> None:
    """The autumn term sums its own days; before its end there is no such row."""
    given = ONE_SCHOOL + "marks Ann 2025-12-08..2025-12-19 I I\nmarks Ann 2026-01-12 / \\"
    holds(
        given,
        """
England | Primary | Autumn term  | | severely_absent  | 1
England | Primary | Autumn term  | | total_enrolments | 1
England | Primary | Year to date | | severely_absent  | 1
England | Primary | Spring term  | | severely_absent  | no row
        """,
        "2026-W03",
    )
    holds(given, "England | Primary | Autumn term | | severely_absent | no row", "2025-W51")


def test_a_week_without_any_mark_cannot_be_released() -> None:
    with pytest.raises(UsageProblem, match="No school submitted"):
        counted(ONE_SCHOOL + "marks Ann 2025-09-15 / \\", "2025-W39")
