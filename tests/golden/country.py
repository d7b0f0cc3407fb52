"""A tiny invented school system: one region, four authorities, every number known by heart.

Codes follow a rule of school, pupil and day, so that nothing here is random.
"""

from __future__ import annotations

from datetime import date, datetime

from publisher.model.time import IsoWeek
from tests.properties.reference_count import (
    Approval,
    CensusEntry,
    Feed,
    Mark,
    PupilRecord,
    School,
)

WEEK = IsoWeek(2025, 38)
AUTHORITIES = ("E06000001", "E06000002", "E06000003", "E06000004")
PHASES = ("Primary", "Secondary", "Special")
FIRST = datetime(2025, 9, 19, 18, 30)
SECOND = datetime(2025, 9, 26, 18, 30)
SCHOOLS_OF_A_PHASE, PUPILS_OF_A_SCHOOL = 4, 5
ABSENCES = ("I", "N", "U", "M", "C", "G", "O")


def country() -> Feed:
    """One authority has a single special school; a second batch corrects what was not known."""
    schools = tuple(_schools())
    pupils = tuple(
        PupilRecord(
            FIRST,
            each.urn,
            f"{each.urn}-{n}",
            date(2025 - 6 - n, 3, 1),
            date(2024, 9, 1),
            None,
            "Female",
            "WBRI",
            "5",
            looked_after=False,
            sen_support=False,
            ehc_plan=False,
            free_school_meals=True,
        )
        for each in schools
        for n in range(PUPILS_OF_A_SCHOOL)
    )
    marks = tuple(_marks(schools))
    corrected = tuple(
        Mark(SECOND, each.urn, each.pupil, each.date, "I" if each.am == "N" else each.am, each.pm)
        for each in marks
        if each.am == "N"
    )
    return Feed(
        schools=schools,
        approvals=tuple(Approval(each.urn, date(2023, 1, 1)) for each in schools),
        census=tuple(
            CensusEntry(authority, phase, SCHOOLS_OF_A_PHASE + 1, 250)
            for authority in AUTHORITIES
            for phase in PHASES
        ),
        pupils=pupils,
        marks=marks + corrected,
    )


def _schools():
    for a, authority in enumerate(AUTHORITIES):
        for p, phase in enumerate(PHASES):
            number = 1 if (a, phase) == (0, "Special") else SCHOOLS_OF_A_PHASE
            for n in range(number):
                trust = f"TR{n % 3}" if phase == "Secondary" else None
                yield School(100001 + 100 * a + 10 * p + n, authority, phase, trust)


def _marks(schools):
    for day in (date(2025, 9, 8), *WEEK.school_days):
        for school in schools:
            for n in range(PUPILS_OF_A_SCHOOL):
                turn = (school.urn * 7 + n * 3 + day.toordinal()) % 11
                am, pm = ("/", "\\") if turn else (ABSENCES[(school.urn + n) % 7], "I")
                yield Mark(FIRST, school.urn, f"{school.urn}-{n}", day, am, pm)
