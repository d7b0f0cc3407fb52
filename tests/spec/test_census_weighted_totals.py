"""Worked cases of "All schools" in years to 2024/25, and of the same registers a year later.

A rate of all schools is the mean of the rates of the phases, weighted by the census pupils of the
area. Take-up differs between phases and regions, so that sharing schools alone would give another
rate.
"""

from __future__ import annotations

from tests.spec.published_figures import publishes


def authority(area: str, phase: str, number: int) -> str:
    """Three schools with 3 x `number` pupils who are present for five days from `{monday}` on."""
    code = f"{area[0]}{phase[:2]}"
    lines = [
        f"school {code}{n} {area} {phase}\npupil {code}{n}p*{number} {code}{n}\n"
        f"marks {code}{n}p*{number} {{monday}}..{{friday}} / \\"
        for n in (1, 2, 3)
    ]
    return "\n".join(lines) + "\n"


TAKE_UP = (
    authority("Darlington", "Primary", 10)  # 30 pupils, 300 possible sessions
    + authority("Darlington", "Secondary", 10)
    + authority("Camden", "Primary", 20)  # 60 pupils, 600 possible sessions
    + authority("Camden", "Secondary", 10)
    + """
marks   DPr1p*10,DPr2p*5             {monday}  I  I
marks   DSe1p*10,DSe2p*10,DSe3p*10   {monday}  I  U
marks   CPr1p*15                     {monday}  I  I
marks   CSe1p*10,CSe2p*10,CSe3p*10   {monday}  I  I
marks   CSe1p*10,CSe2p*5             {tuesday} I  I
census  Darlington  Primary    6000
census  Darlington  Secondary  2000
census  Darlington  Special     500
census  Camden      Primary    1000
census  Camden      Secondary  3000
"""
)
IN_2024 = {"monday": "2024-09-16", "tuesday": "2024-09-17", "friday": "2024-09-20"}
IN_2025 = {"monday": "2025-09-15", "tuesday": "2025-09-16", "friday": "2025-09-19"}


def test_rates_of_all_schools_are_weighted_to_the_census_to_2024_25() -> None:
    """North East: (10.00 x 6000 + 20.00 x 2000) / 8000 = 12.50. No special school shares: left out.

    London: (5.00 x 1000 + 30.00 x 3000) / 4000 = 23.75.
    England: its phases are plain sums, 60 of 900 and 150 of 600 sessions; then
    (6.67 x 7000 + 25.00 x 5000) / 12000 = 14.3075, and not the mean of the two regions.
    Counts are plain sums of the schools that share.
    """
    publishes(
        TAKE_UP.format(**IN_2024),
        """
North East | Primary     | Week 38 | | overall_absence   |   30 | 10.00
North East | Secondary   | Week 38 | | overall_absence   |   60 | 20.00
North East | Special     | Week 38 | | overall_absence   | no row
North East | All schools | Week 38 | | overall_absence   |   90 | 12.50
North East | All schools | Week 38 | | possible_sessions |  600 | x
London     | Primary     | Week 38 | | overall_absence   |   30 | 5.00
London     | Secondary   | Week 38 | | overall_absence   |   90 | 30.00
London     | All schools | Week 38 | | overall_absence   |  120 | 23.75
England    | Primary     | Week 38 | | overall_absence   |   60 | 6.67
England    | Secondary   | Week 38 | | overall_absence   |  150 | 25.00
England    | All schools | Week 38 | | overall_absence   |  210 | 14.31
England    | All schools | Week 38 | | possible_sessions | 1500 | x
Darlington | All schools | Week 38 | | overall_absence   | no row
Darlington | Primary     | Week 38 | | overall_absence   |   30 | 10.00
        """,
        "2024-W38",
    )


def test_every_rate_of_sessions_is_weighted() -> None:
    """Attendance in the North East: (90.00 x 6000 + 80.00 x 2000) / 8000 = 87.50.

    Unauthorised: (0.00 x 6000 + 10.00 x 2000) / 8000 = 2.50. On Monday: (50.00 x 6000 +
    100.00 x 2000) / 8000 = 62.50.
    """
    publishes(
        TAKE_UP.format(**IN_2024),
        """
North East | All schools | Week 38      | | overall_attendance          | 510 | 87.50
North East | All schools | Week 38      | | authorised_absence          |  60 | 10.00
North East | All schools | Week 38      | | unauthorised_absence        |  30 | 2.50
North East | All schools | Week 38      | | reason_i_authorised_illness |  60 | 10.00
North East | All schools | Monday       | | overall_absence             |  90 | 62.50
North East | All schools | Year to date | | overall_absence             |  90 | 12.50
        """,
        "2024-W38",
    )


def test_from_2025_26_rates_of_all_schools_are_of_the_plain_sum() -> None:
    """The same registers a year later: 90 of 600, 120 of 900, 210 of 1,500 sessions."""
    publishes(
        TAKE_UP.format(**IN_2025),
        """
Darlington | All schools | Week 38 | | overall_absence |  90 | 15.00
North East | All schools | Week 38 | | overall_absence |  90 | 15.00
London     | All schools | Week 38 | | overall_absence | 120 | 13.33
England    | All schools | Week 38 | | overall_absence | 210 | 14.00
        """,
        "2025-W38",
    )


def test_weights_are_those_of_the_census_and_not_of_the_schools_that_share() -> None:
    """Half away from zero: (1.25 + 2.50) / 2 = 1.875 with as many census pupils in each phase."""
    publishes(
        (
            authority("Camden", "Primary", 20)
            + authority("Camden", "Secondary", 10)
            + """
pupil   more*20  CPr1
pupil   side*10  CSe1
marks   more*20,side*10      {monday}..{friday}  /  \\
marks   CPr1p*5,CSe1p*5      {monday}            I  I
census  Camden  Primary    700
census  Camden  Secondary  700
"""
        ).format(**IN_2024),
        """
London | Primary     | Week 38 | | possible_sessions |  800 | x
London | Primary     | Week 38 | | overall_absence   |   10 | 1.25
London | Secondary   | Week 38 | | possible_sessions |  400 | x
London | Secondary   | Week 38 | | overall_absence   |   10 | 2.50
London | All schools | Week 38 | | overall_absence   |   20 | 1.88
        """,
        "2024-W38",
    )


def test_a_phase_that_the_census_does_not_list_leaves_the_total_without_a_rate() -> None:
    publishes(
        TAKE_UP.replace("census  Camden      Secondary  3000", "").format(**IN_2024),
        """
London     | Secondary   | Week 38 | | overall_absence   |  90 | 30.00
London     | All schools | Week 38 | | overall_absence   | 120 | x
North East | All schools | Week 38 | | overall_absence   |  90 | 12.50
        """,
        "2024-W38",
    )


def test_a_withheld_phase_withholds_the_rate_of_the_total() -> None:
    """One special school shares. A further phase is withheld with it, so that the number of all
    schools can be shown; a rate that needs withheld rates cannot.
    """
    publishes(
        (
            TAKE_UP
            + """
school  Fir  Darlington  Special
pupil   Fay*30  Fir
marks   Fay*30  {monday}..{friday}  I  /
"""
        ).format(**IN_2024),
        """
North East | Special     | Week 38 | | overall_absence | c | c
North East | All schools | Week 38 | | overall_absence | 240 | c
        """,
        "2024-W38",
    )


PERSISTENT = (
    authority("Darlington", "Primary", 20)
    + authority("Darlington", "Secondary", 10)
    + """
pupil   girl*20  DPr1  sex=Female  year_group=7  ehc_plan=no  sen_support=no
pupil   lass*20  DPr2  sex=Female  year_group=7  ehc_plan=no  sen_support=no
pupil   miss*20  DPr3  sex=Female  year_group=7  ehc_plan=no  sen_support=no
pupil   jane*10  DSe1  sex=Female  year_group=7  ehc_plan=no  sen_support=no
pupil   lucy*10  DSe2  sex=Female  year_group=7  ehc_plan=no  sen_support=no
pupil   mary*10  DSe3  sex=Female  year_group=7  ehc_plan=no  sen_support=no
marks   girl*20,lass*20,miss*20,jane*10,lucy*10,mary*10   {monday}..{friday}  /  \\
marks   girl*12,DPr1p*18     {monday}..{tuesday}  I  I
marks   jane*10,lucy*2,DSe1p*3  {monday}..{friday}   I  I
census  Darlington  Primary    3000
census  Darlington  Secondary  1000
"""
)
TWO_WEEKS = {"monday": "2025-01-06", "tuesday": "2025-01-07", "friday": "2025-01-17"}


def test_rates_of_enrolments_and_of_groups_are_weighted_with_the_same_census_pupils() -> None:
    """Primary: 30 of 120 enrolments, 12 -> 10 of 60 girls. Secondary: 15 -> 20 of 60, 12 -> 10
    of 30 girls.

    All pupils: (25.00 x 3000 + 33.33 x 1000) / 4000 = 27.0825.
    Girls: (16.67 x 3000 + 33.33 x 1000) / 4000 = 20.835, half away from zero.
    Year 7, as it moves to secondary school: 24 -> 20 of 90 enrolments, not weighted.
    """
    publishes(
        PERSISTENT.format(**TWO_WEEKS),
        """
North East | Primary       | Year to date |             | total_enrolments    | 120 | z
North East | Primary       | Year to date |             | persistently_absent |  30 | 25.00
North East | Secondary     | Year to date |             | persistently_absent |  20 | 33.33
North East | All schools   | Year to date |             | persistently_absent |  50 | 27.08
North East | Primary       | Year to date | Sex: Female | persistently_absent |  10 | 16.67
North East | Secondary     | Year to date | Sex: Female | persistently_absent |  10 | 33.33
North East | All schools   | Year to date | Sex: Female | persistently_absent |  20 | 20.84
North East | Moving school | Year to date | Year 7: Total | persistently_absent | 20 | 22.22
        """,
        "2025-W03",
    )
