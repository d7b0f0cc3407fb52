"""Worked cases of register codes: every code, and everything that it adds to."""

from __future__ import annotations

import pytest

from publisher.reference.areas import local_authorities
from publisher.reference.codes import register_codes
from tests.spec.given_expected import holds

# codes                              present approved authorised unauthorised late
TABLE = """
/ \\                                    1       0         0           0        0
L                                      1       0         0           0        1
B J K P V W                            0       1         0           0        0
I M R S T H E C C1 C2 J1               0       0         1           0        0
G N O                                  0       0         0           1        0
U                                      0       0         0           1        1
D Q Y Y1 Y2 Y3 Y4 Y5 Y6 Y7 X Z # F     0       0         0           0        0
"""
ITEMS = (
    "present_sessions",
    "approved_educational_activity",
    "authorised_absence",
    "unauthorised_absence",
    "late_sessions",
)
LINES = [line.rsplit(maxsplit=len(ITEMS)) for line in TABLE.strip().splitlines()]
CODES = [(code, [int(each) for each in adds]) for codes, *adds in LINES for code in codes.split()]


def test_the_table_has_every_code() -> None:
    assert sorted(code for code, _ in CODES) == sorted(each.code for each in register_codes())


@pytest.mark.parametrize(("week", "day"), [("2023-W38", "2023-09-18"), ("2025-W38", "2025-09-15")])
def test_what_each_code_adds_to(week: str, day: str) -> None:
    """Each code is the morning of a pupil in an authority of its own; the afternoon is present.

    A code that is no longer, or not yet, in use counts all the same: J, H, Y and F were retired in
    August 2024, when K, C1, C2, J1, Q and Y1 to Y7 came.
    """
    areas = [each.code for each in local_authorities()][: len(CODES)]
    given, expected = [], []
    for number, (area, (code, adds)) in enumerate(zip(areas, CODES, strict=True)):
        given.append(f"school S{number} {area} Primary\npupil P{number} S{number}")
        given.append(f"marks P{number} {day} {code} \\")
        present, approved, authorised, unauthorised, late = adds
        figures = {
            "present_sessions": present + 1,
            "approved_educational_activity": approved,
            "overall_attendance": present + approved + 1,
            "authorised_absence": authorised,
            "unauthorised_absence": unauthorised,
            "overall_absence": authorised + unauthorised,
            "possible_sessions": sum(adds) - late + 1,
            "late_sessions": late,
        }
        expected += [f"{area}|Primary|Week 38||{name}|{n}" for name, n in figures.items()]
    holds("\n".join(given), "\n".join(expected), week)


def test_morning_and_afternoon_are_told_by_the_code() -> None:
    """Of the items of what is present, wherever the code stands in the row."""
    holds(
        """
school  Oak  Darlington  Primary
pupil   Ann  Oak
marks   Ann  2025-09-15  /  \\
marks   Ann  2025-09-16  /  /
marks   Ann  2025-09-17  L  L
        """,
        """
England | Primary | Week 38 | | reason_present_am | 3
England | Primary | Week 38 | | reason_present_pm | 1
England | Primary | Week 38 | | reason_present    | 4
England | Primary | Week 38 | | present_sessions  | 6
        """,
        "2025-W38",
    )


def test_management_codes_are_counted_in_items_of_their_own() -> None:
    """X is in no item. None of them is a possible session, and a row needs a possible session."""
    holds(
        """
school  Oak  Darlington  Primary
pupil   Ann  Oak
pupil   Bob  Oak
marks   Ann  2025-09-15  X   #
marks   Bob  2025-09-15  Y2  /
marks   Ann  2025-09-16  D   D
        """,
        """
England | Primary | 2025-09-15 | | reason_not_attending_planned_closed | 1
England | Primary | 2025-09-15 | | reason_y2_travel_disruption         | 1
England | Primary | 2025-09-15 | | possible_sessions                   | 1
England | Primary | 2025-09-16 | | reason_d_dual_registration          | no row
        """,
        "2025-W38",
    )
