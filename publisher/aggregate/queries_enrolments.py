"""The one table that everything about single enrolments is made from.

Whatever needs to know how much one enrolment missed (persistent absence, groups of pupils, the
pupils behind a small row) reads `enrolment_weeks` and never the marks.
"""

from __future__ import annotations

from publisher.aggregate.engine import Step


def enrolment_weeks() -> Step:
    """Sessions of each enrolment by group of days.

    Columns: `urn`, `pupil`; `slice`, a group of days of `day_slices`; `possible`, `authorised`,
    `unauthorised`, numbers of sessions; `days`, on which the enrolment has a possible session.
    A row for each enrolment and slice with a possible session, unique, over the marks that count
    (`counted_marks`).
    """
    sums = ",\n    ".join(
        f"CAST(SUM(pairs.{each}) AS SMALLINT) AS {each}"
        for each in ("possible", "authorised", "unauthorised")
    )
    return Step(
        "enrolment_weeks",
        "Possible sessions, absences and days of each enrolment, by group of days",
        f"""SELECT marks.urn, marks.pupil, day_slices.slice,
    {sums},
    CAST(COUNT(*) AS SMALLINT) AS days
FROM counted_marks AS marks
JOIN day_slices ON day_slices.date = marks.date
JOIN mark_pairs AS pairs ON pairs.am = marks.am AND pairs.pm = marks.pm
WHERE pairs.possible > 0
GROUP BY marks.urn, marks.pupil, day_slices.slice""",
    )
