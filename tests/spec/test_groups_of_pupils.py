"""Worked cases of groups of pupils: which group a record says, and what is counted of it."""

from __future__ import annotations

from publisher.reference.areas import local_authorities
from tests.spec.given_expected import holds

SCHOOL = "school Oak Darlington Primary\n"
MARKS = "\nmarks Ann 2025-09-15 I U"

# what the record says -> the groups that the pupil is counted in
RECORDS = [
    ("", "Sex: Unknown"),
    ("sex=Female", "Sex: Female"),
    ("free_school_meals=yes", "Free school meals: FSM eligible"),
    ("free_school_meals=no", "Free school meals: Not known to be FSM eligible"),
    ("", "Free school meals: Unknown"),
    ("ehc_plan=yes sen_support=no", "SEN provision: Education, health and care plan"),
    ("ehc_plan=yes sen_support=yes", "SEN provision: Education, health and care plan"),
    ("ehc_plan=no sen_support=yes", "SEN provision: SEN support / SEN without an EHC plan"),
    ("sen_support=yes", "SEN provision: SEN support / SEN without an EHC plan"),
    ("ehc_plan=no sen_support=no", "SEN provision: No SEN provision"),
    ("ehc_plan=no", "SEN provision: Unknown"),
    (
        "free_school_meals=yes ehc_plan=yes",
        "Free school meals with SEN: FSM eligible, Education, health and care plan",
    ),
    ("free_school_meals=no", "Free school meals with SEN: Not known to be FSM eligible, Unknown"),
    ("ethnicity=AIND", "Ethnicity major: Asian / Asian British"),
    ("ethnicity=CHNE", "Ethnicity major: Asian / Asian British"),
    ("ethnicity=REFU", "Ethnicity major: Unknown"),
    ("", "Ethnicity major: Unknown"),
    ("year_group=R", "National curriculum year group: Reception"),
    ("year_group=6", "National curriculum year group: Year 6"),
    ("year_group=12", "National curriculum year group: Other year group"),
    ("year_group=", "National curriculum year group: Unknown"),
    ("looked_after=yes", "Looked after: Looked after"),
    ("child_in_need=no", "Child in need: Not a child in need"),
    ("child_protection_plan=yes", "Child protection plan: On a child protection plan"),
]


def test_the_record_says_the_group() -> None:
    """Every line of the table above is a school of its own, in an authority of its own."""
    areas = [each.code for each in local_authorities()][: len(RECORDS)]
    schools = [f"school S{n} {area} Primary" for n, area in enumerate(areas)]
    pupils = [f"pupil P{n} S{n} {record}" for n, (record, _) in enumerate(RECORDS)]
    marks = [f"marks P{n} 2025-09-15 I U" for n in range(len(RECORDS))]
    expected = [
        f"""
{area} | Primary | Week 38      | {group} | authorised_absence   | 1
{area} | Primary | Week 38      | {group} | unauthorised_absence | 1
{area} | Primary | Year to date | {group} | overall_absence      | 2
{area} | Primary | Year to date | {group} | enrolments           | 1
        """
        for area, (_, group) in zip(areas, RECORDS, strict=True)
    ]
    holds("\n".join((*schools, *pupils, *marks)), "\n".join(expected), "2025-W38")


def test_ethnicity_minor_is_for_the_year_to_date_only() -> None:
    indian = "Ethnicity minor: Indian"
    holds(
        f"{SCHOOL}pupil Ann Oak ethnicity=AIND{MARKS}",
        f"""
England | Primary | Year to date | {indian} | overall_absence | 2
England | Primary | Week 38      | {indian} | overall_absence | no row
        """,
        "2025-W38",
    )


def test_groups_add_up_to_all_pupils_and_nobody_is_dropped() -> None:
    """Numbers of enrolments are means of the days on which the area has a row, two here."""
    holds(
        f"""{SCHOOL}
pupil  Ann  Oak  sex=Female  free_school_meals=yes
pupil  Bob  Oak  sex=Male    free_school_meals=no
pupil  Cat  Oak
marks  Ann,Bob,Cat  2025-09-15  /  \\
marks  Ann          2025-09-16  I  \\
        """,
        """
England | Primary | Week 38 |                                        | possible_sessions | 8
England | Primary | Week 38 | Sex: Female                            | possible_sessions | 4
England | Primary | Week 38 | Sex: Male                              | possible_sessions | 2
England | Primary | Week 38 | Sex: Unknown                           | possible_sessions | 2
England | Primary | Week 38 | Free school meals: FSM eligible        | overall_absence   | 1
England | Primary | Week 38 | Sex: Male                              | overall_absence   | 0
England | Primary | Week 38 |                                        | enrolments        | 2
England | Primary | Week 38 | Sex: Female                            | enrolments        | 1
England | Primary | Week 38 | Sex: Male                              | enrolments        | 1
        """,
        "2025-W38",
    )


# what the record says -> year group and provision in which the pupil moves to secondary school
MOVING = [
    ("year_group=6 ehc_plan=yes", "Year 6, Education, health and care plan"),
    ("year_group=7 sen_support=yes", "Year 7, SEN support / SEN without an EHC plan"),
    ("year_group=8 ehc_plan=no sen_support=no", "Year 8, No SEN provision"),
    ("year_group=7 ehc_plan=no", "Year 7, Unknown"),
]


def test_moving_to_secondary_school_is_by_year_group_and_provision() -> None:
    """Each line above is a pupil in a region of its own who missed 2 of 12 possible sessions."""
    places = {each.region_code: each.code for each in local_authorities()}
    given, expected = [], []
    for (region, area), (record, moving) in zip(places.items(), MOVING, strict=False):
        given += [
            f"school S{area} {area} Secondary",
            f"pupil P{area} S{area} {record}",
            f"marks P{area} 2026-01-05..2026-01-09 / \\",
            f"marks P{area} 2026-01-12 I U",
        ]
        row = f"{region} | All schools | Year to date"
        group, year = f"Year group with SEN provision: {moving}", moving.partition(",")[0]
        expected.append(
            f"""
{row} | {group} | total_enrolments    | 1
{row} | {group} | persistently_absent | 1
{row} | {group} | severely_absent     | 0
{row} | National curriculum year group: {year} | persistently_absent | 1
            """
        )
    holds("\n".join(given), "\n".join(expected), "2026-W03")


def test_moving_to_secondary_school_is_for_wide_areas_all_schools_and_the_year_to_date() -> None:
    year_7 = "Year group with SEN provision: Year 7, Unknown"
    holds(
        f"""{SCHOOL}
pupil Ann Oak year_group=7
marks Ann 2025-12-01..2026-01-16 / I
        """,
        f"""
North East | All schools | Year to date | {year_7} | severely_absent | 1
Darlington | All schools | Year to date | {year_7} | severely_absent | no row
North East | Primary     | Year to date | {year_7} | severely_absent | no row
North East | All schools | Autumn term  | {year_7} | severely_absent | no row
North East | All schools | Year to date |          | severely_absent | 1
        """,
        "2026-W03",
    )


def test_other_years_are_not_about_moving_to_secondary_school() -> None:
    holds(
        f"""{SCHOOL}
pupil Ann Oak year_group=9 ehc_plan=yes
marks Ann 2026-01-05..2026-01-16 / I
        """,
        """
England | All schools | Year to date | Year group with SEN provision: Year 9 | severely_absent | no row
England | All schools | Year to date | Year group with SEN provision: Year 7, Unknown | severely_absent | 0
England | All schools | Year to date | National curriculum year group: Year 9 | severely_absent | 1
        """,  # noqa: E501
        "2026-W03",
    )
