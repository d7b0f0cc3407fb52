"""Worked cases of rates: what is divided by what, how it is rounded, and when it is not shown.

Every count is rounded to the nearest 10 and every rate is made from rounded counts, so each of
these figures can be worked out by hand from others that are published.
"""

from __future__ import annotations

from datetime import timedelta

from publisher.model.time import IsoWeek
from publisher.reference.areas import local_authorities
from publisher.render.rounding import in_words
from tests.spec.published_figures import published, publishes

SCHOOLS = """
school  Oak  Darlington  Primary
school  Ash  Darlington  Primary
school  Elm  Darlington  Primary
"""
PUPILS = """
pupil   Ann*40  Oak
pupil   Bob*40  Ash
pupil   Cat*40  Elm
"""
EVERYBODY_IS_PRESENT = "marks Ann*40,Bob*40,Cat*40 2025-09-15..2025-09-19 / \\"


def test_a_rate_of_sessions_is_a_percentage_of_possible_sessions() -> None:
    """120 pupils have 1,200 possible sessions in five days. Counts of some items have no rate."""
    publishes(
        f"""
{SCHOOLS}{PUPILS}{EVERYBODY_IS_PRESENT}
marks  Ann*30  2025-09-15  I   I
marks  Bob*25  2025-09-15  M   M
marks  Cat*20  2025-09-15  R   R
marks  Ann*15  2025-09-16  S   S
marks  Bob*10  2025-09-16  T   T
marks  Cat*5   2025-09-16  E   E
marks  Ann*5   2025-09-17  C   C
marks  Bob*10  2025-09-17  C1  C1
marks  Cat*15  2025-09-17  C2  C2
marks  Ann*20  2025-09-18  J1  J1
marks  Bob*25  2025-09-18  G   G
marks  Cat*30  2025-09-18  U   U
marks  Ann*35  2025-09-19  O   O
marks  Bob*40  2025-09-19  N   N
marks  Cat*5   2025-09-19  H   H
marks  Cat*5   2025-09-15  L   B
        """,
        """
Darlington | Primary | Week 38 | | possible_sessions                              | 1200 | x
Darlington | Primary | Week 38 | | overall_attendance                             |  630 | 52.50
Darlington | Primary | Week 38 | | overall_absence                                |  570 | 47.50
Darlington | Primary | Week 38 | | authorised_absence                             |  310 | 25.83
Darlington | Primary | Week 38 | | unauthorised_absence                           |  260 | 21.67
Darlington | Primary | Week 38 | | reason_i_authorised_illness                    |   60 | 5.00
Darlington | Primary | Week 38 | | reason_m_authorised_medical_dental             |   50 | 4.17
Darlington | Primary | Week 38 | | reason_r_authorised_religious_observance       |   30 | 2.50
Darlington | Primary | Week 38 | | reason_s_authorised_study_leave                |   30 | 2.50
Darlington | Primary | Week 38 | | reason_t_authorised_mobile_child               |   20 | 1.67
Darlington | Primary | Week 38 | | reason_e_authorised_excluded                   |   10 | 0.83
Darlington | Primary | Week 38 | | reason_c_authorised_other                      |   10 | 0.83
Darlington | Primary | Week 38 | | reason_c1_authorised_regulated_performance     |   20 | 1.67
Darlington | Primary | Week 38 | | reason_c2_authorised_temp_reduced_timetable    |   30 | 2.50
Darlington | Primary | Week 38 | | reason_j1_authorised_interview                 |   40 | 3.33
Darlington | Primary | Week 38 | | reason_g_unauthorised_holiday                  |   50 | 4.17
Darlington | Primary | Week 38 | | reason_u_unauthorised_late_after_registers_closed | 60 | 5.00
Darlington | Primary | Week 38 | | reason_o_other_unauthorised                    |   70 | 5.83
Darlington | Primary | Week 38 | | reason_n_no_reason_yet                         |   80 | 6.67
Darlington | Primary | Week 38 | | reason_h_authorised_holiday                    |   10 | x
Darlington | Primary | Week 38 | | late_sessions                                  |   70 | x
Darlington | Primary | Week 38 | | present_sessions                               |  630 | x
Darlington | Primary | Week 38 | | approved_educational_activity                  |   10 | x
Darlington | Primary | Monday  | | reason_i_authorised_illness                    |   60 | 25.00
England    | Primary | Monday  | | reason_i_authorised_illness                    |   60 | 25.00
        """,
        "2025-W38",
    )


# true counts: absent, possible -> published: absent, possible, in the CSV file, where people read
ROUNDED = """
   0   800      0   800     0.00    0.0
   4   800      0   800     0.00    0.0
   5   800     10   800     1.25    1.3
 124   996    120  1000    12.00   12.0
 125  1004    130  1000    13.00   13.0
  10  1600     10  1600     0.63    0.6
  14  1595     10  1600     0.63    0.6
  30  1600     30  1600     1.88    1.9
  20   604     20   600     3.33    3.3
  40   600     40   600     6.67    6.7
  20   580     20   580     3.45    3.5
 800   804    800   800   100.00  100.0
"""
SESSIONS = 40
"""Of a pupil in the four weeks of these cases."""


def test_rates_are_of_rounded_counts_and_halves_go_away_from_zero() -> None:
    """A rate has two decimals in files; people read the same figure, rounded to one.

    Each line above is an authority of its own.
    """
    lines = [line.split() for line in ROUNDED.strip().splitlines()]
    areas = [each.code for each in local_authorities()][: len(lines)]
    given = [
        _authority(area, number, int(absent), int(possible))
        for number, (area, (absent, possible, *_)) in enumerate(zip(areas, lines, strict=True))
    ]
    found = published("\n".join(given), "2025-W41")
    for area, (absent, possible, *expected) in zip(areas, lines, strict=True):
        row = (area, "Primary", "Year to date", "Total")
        ((shown, percent),) = found[*row, "overall_absence"]
        ((whole, _),) = found[*row, "possible_sessions"]
        figures = [shown, whole, percent, in_words(float(percent), 1)]
        assert figures == expected, f"{absent} of {possible}"


def _authority(area: str, number: int, absent: int, possible: int) -> str:
    """Sessions are dealt out to pupils of three schools, a day after another; absences first."""
    codes = ["I"] * absent + ["/"] * (possible - absent)
    codes += ["-"] * (-possible % SESSIONS)
    week = timedelta(days=7)
    days = [day + n * week for n in range(4) for day in IsoWeek(2025, 38).school_days]
    lines = [f"school S{number}-{n} {area} Primary" for n in range(3)]
    for pupil, first in enumerate(range(0, len(codes), SESSIONS)):
        name = f"P{number}-{pupil}"
        lines.append(f"pupil {name} S{number}-{pupil % 3}")
        lines += [
            f"marks {name} {days[n // 2]} {codes[first + n]} {codes[first + n + 1]}"
            for n in range(0, SESSIONS, 2)
        ]
    return "\n".join(lines)


def test_a_rate_is_of_summed_sessions_and_never_a_mean_of_rates() -> None:
    """Nobody of 240 sessions is absent on Monday, half of 60 on Tuesday: 30 of 300 in the week.

    The mean of 0% and 50% would be 25%. Rates of areas are made the same way.
    """
    publishes(
        f"""
{SCHOOLS}{PUPILS}
school  Yew  Hartlepool  Primary
school  Fir  Hartlepool  Primary
school  Bay  Hartlepool  Primary
pupil   Dan*30  Yew
pupil   Eve*30  Fir
pupil   Flo*40  Bay
marks   Ann*40,Bob*40,Cat*40    2025-09-15  /  \\
marks   Ann*10,Bob*10,Cat*10    2025-09-16  /  I
marks   Dan*30,Eve*30,Flo*40    2025-09-15  /  I
        """,
        """
Darlington | Primary | Monday  | | overall_absence   |   0 | 0.00
Darlington | Primary | Tuesday | | overall_absence   |  30 | 50.00
Darlington | Primary | Week 38 | | overall_absence   |  30 | 10.00
Hartlepool | Primary | Week 38 | | overall_absence   | 100 | 50.00
North East | Primary | Week 38 | | possible_sessions | 500 | x
North East | Primary | Week 38 | | overall_absence   | 130 | 26.00
        """,
        "2025-W38",
    )


def test_a_withheld_row_withholds_its_rates_and_what_is_never_shown_is_not_available() -> None:
    """Two schools are too few. Numbers of enrolments in scope are no share of anything: z."""
    publishes(
        """
school  Oak  Darlington  Primary
school  Ash  Darlington  Primary
pupil   Ann*40  Oak
pupil   Bob*40  Ash
marks   Ann*40,Bob*40  2026-01-05..2026-01-16  /  I
        """,
        """
Darlington | Primary | Week 3       |             | overall_absence     | c | c
Darlington | Primary | Week 3       |             | possible_sessions   | c | x
Darlington | Primary | Week 3       |             | late_sessions       | c | x
Darlington | Primary | Week 3       | Sex: Female | overall_absence     | c | c
Darlington | Primary | Year to date |             | persistently_absent | c | c
Darlington | Primary | Year to date |             | total_enrolments    | c | z
Camden     | Primary | Week 3       |             | overall_absence     | no row
        """,
        "2026-W03",
    )


IN_SCOPE = f"""
{SCHOOLS}
pupil   Ann*20  Oak
pupil   Bob*20  Ash
pupil   Cat*20  Elm
marks   Ann*20,Bob*20,Cat*20  2026-01-05..2026-01-09  /  \\
"""


def test_a_rate_of_enrolments_is_a_percentage_of_those_with_more_than_10_possible_sessions() -> (
    None
):
    """Of 60 enrolments 4 have 10 possible sessions and are left out; 56 is rounded to 60.

    12 missed 2 of 20 sessions, exactly 10%; 6 missed 10 of 20, and so 10% or more as well.
    """
    publishes(
        IN_SCOPE
        + """
marks   Ann*20,Bob*20,Cat*20  2026-01-12..2026-01-16  /  \\
marks   Cat*4                 2026-01-12..2026-01-16  -  -
marks   Ann*12                2026-01-12              I  I
marks   Bob*6                 2026-01-12..2026-01-16  I  I
        """,
        """
Darlington | Primary | Year to date | | total_enrolments    | 60 | z
Darlington | Primary | Year to date | | persistently_absent | 20 | 33.33
Darlington | Primary | Year to date | | severely_absent     | 10 | 16.67
England    | Primary | Year to date | | persistently_absent | 20 | 33.33
        """,
        "2026-W03",
    )


def test_a_rate_of_a_number_that_is_rounded_to_zero_is_not_available() -> None:
    """Of 60 enrolments 56 have 10 possible sessions, and 4 have 15: 4 is rounded to 0."""
    publishes(
        IN_SCOPE.replace("2026-01-09  /  \\", "2026-01-16  /  -")
        + "marks Ann*4 2026-01-12..2026-01-16 I I",
        """
Darlington | Primary | Year to date | | possible_sessions   | 620 | x
Darlington | Primary | Year to date | | overall_absence     |  40 | 6.45
Darlington | Primary | Year to date | | total_enrolments    |   0 | z
Darlington | Primary | Year to date | | persistently_absent |   0 | x
        """,
        "2026-W03",
    )


def test_a_rate_of_nobody_is_not_available() -> None:
    """No enrolment has more than 10 possible sessions."""
    publishes(
        IN_SCOPE.replace("2026-01-05..2026-01-09", "2026-01-12..2026-01-16"),
        """
Darlington | Primary | Year to date | | total_enrolments | 0 | z
Darlington | Primary | Year to date | | severely_absent  | 0 | x
        """,
        "2026-W03",
    )


BOTH_SEXES = f"""
{SCHOOLS}
pupil   Ann*20  Oak  sex=Female  year_group=7  sen_support=yes
pupil   Bea*20  Ash  sex=Female  year_group=7  sen_support=yes
pupil   Cat*20  Elm  sex=Female  year_group=7  sen_support=yes
pupil   Dan*10  Oak  sex=Male    year_group=7  ehc_plan=yes
pupil   Eli*10  Ash  sex=Male    year_group=7  ehc_plan=yes
pupil   Fin*10  Elm  sex=Male    year_group=7  ehc_plan=yes
pupil   Gil*10  Oak
pupil   Hal*10  Ash
pupil   Ike*10  Elm
marks   Ann*20,Bea*20,Cat*20,Dan*10,Eli*10,Fin*10,Gil*10,Hal*10,Ike*10  2026-01-05..2026-01-16 / \\
marks   Ann*15          2026-01-12  I  I
marks   Dan*10,Eli*5    2026-01-12  I  U
"""


def test_a_rate_of_a_group_of_pupils_is_of_that_groups_own_sessions_and_enrolments() -> None:
    """60 girls have 600 possible sessions in a week, 30 boys have 300; 30 sessions missed each."""
    publishes(
        BOTH_SEXES,
        """
Darlington | Primary | Week 3       |              | overall_absence      | 60 | 5.00
Darlington | Primary | Week 3       | Sex: Female  | overall_absence      | 30 | 5.00
Darlington | Primary | Week 3       | Sex: Male    | overall_absence      | 30 | 10.00
Darlington | Primary | Week 3       | Sex: Male    | authorised_absence   | 20 | 6.67
Darlington | Primary | Week 3       | Sex: Male    | unauthorised_absence | 20 | 6.67
Darlington | Primary | Week 3       | Sex: Unknown | overall_absence      |  0 | 0.00
Darlington | Primary | Year to date | Sex: Female  | persistently_absent  | 20 | 33.33
Darlington | Primary | Year to date | Sex: Male    | persistently_absent  | 20 | 66.67
Darlington | Primary | Year to date | Sex: Male    | total_enrolments     | 30 | z
        """,
        "2026-W03",
    )


def test_a_rate_of_a_year_group_that_moves_is_of_the_same_year_group_and_provision() -> None:
    publishes(
        BOTH_SEXES,
        """
England | Moving school | Year to date | Year 7: Total | total_enrolments    | 90 | z
England | Moving school | Year to date | Year 7: Total | persistently_absent | 30 | 33.33
England | Moving school | Year to date | Year 7: Education, health and care plan | persistently_absent | 20 | 66.67
        """,  # noqa: E501
        "2026-W03",
    )
