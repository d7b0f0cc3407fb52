"""Every query of a release, in order, as text.

The measures of the data sets decide which sums are made; nothing here reads data.
"""

from __future__ import annotations

from collections.abc import Sequence

from publisher.aggregate import queries_marks
from publisher.aggregate.countable import distinct, refuse_uncountable
from publisher.aggregate.engine import Step
from publisher.aggregate.gathered import whole
from publisher.aggregate.grid import year_of
from publisher.aggregate.groups import groups_of, item_members, numbered
from publisher.aggregate.parameters import areas, row_members
from publisher.aggregate.queries_account import account_steps
from publisher.aggregate.queries_answers import about_pupils, answers
from publisher.aggregate.queries_count_account import count_account_steps
from publisher.aggregate.queries_counts import damaged_counts, rows_with_counts
from publisher.aggregate.queries_enrolments import enrolment_spans
from publisher.aggregate.queries_evidence import evidence_steps
from publisher.aggregate.queries_group_evidence import group_evidence_steps
from publisher.aggregate.queries_groups import group_steps
from publisher.aggregate.queries_leaves import (
    area_leaves,
    leaf_peaks,
    leaf_peaks_again,
    lost_peaks,
    revised_leaves,
)
from publisher.aggregate.queries_long import long_counts, long_enrolments, long_kinds
from publisher.aggregate.queries_parts import part_steps
from publisher.aggregate.queries_pupils import first_monday
from publisher.aggregate.queries_repeats import repeated_spans
from publisher.aggregate.queries_rows import row_steps
from publisher.aggregate.queries_school_weeks import crowded_weeks, marks_of_schools
from publisher.aggregate.queries_weeks import part_tables, week_steps
from publisher.model.definitions import (
    AbsenteeMeasure,
    DataSet,
    SessionMeasure,
)
from publisher.model.time import IsoWeek


def steps(week: IsoWeek, data_sets: Sequence[DataSet]) -> tuple[Step, ...]:
    """All queries that count the release of `week`, in the order they run.

    Raises:
        UsageProblem: a data set cannot be counted as it is declared, or the week is in no known
            academic year.
    """
    year = year_of(week)
    return (
        queries_marks.damaged_entries(),
        damaged_counts(),
        *queries_marks.register_steps(year, numbered(groups_of(data_sets))),
        crowded_weeks(),
        queries_marks.listed_authorities(),
        queries_marks.sharing_authorities(year.series_start, week.friday),
        marks_of_schools(),
        *steps_of_part(week, data_sets),
        *queries_marks.mark_steps(),
        queries_marks.marks_without_meaning(),
        queries_marks.open_authorities(),
        *steps_of_rows(week, data_sets),
    )


def steps_of_rows(week: IsoWeek, data_sets: Sequence[DataSet]) -> tuple[Step, ...]:
    """The steps from school-days to answers, once the marks are read."""
    year = year_of(week)
    return (
        *account_steps(year, week),
        *count_account_steps(year, week),
        *counting_steps(data_sets),
        *answers(data_sets),
    )


def counting_steps(data_sets: Sequence[DataSet], *, again: bool = False) -> tuple[Step, ...]:
    """The steps from school-days to the tables that the answers read.

    `again`: from the evidence of an earlier release, where that holds still.

    Raises:
        UsageProblem: a data set cannot be counted as it is declared.
    """
    measures = distinct(measure for each in data_sets for measure in each.measures)
    sessions = [each for each in measures if isinstance(each, SessionMeasure)]
    absentees = _absentees(data_sets)
    groups = groups_of(data_sets)
    return (
        rows_with_counts(),
        *row_steps(sessions, absentees),
        *(evidence_steps(again=again) if about_pupils(data_sets) else ()),
        *((*group_steps(absentees), *group_evidence_steps(groups, again=again)) if groups else ()),
    )


def steps_of_part(week: IsoWeek, data_sets: Sequence[DataSet]) -> tuple[Step, ...]:
    """The steps that read the marks, made anew for each part of the schools, and what they leave.

    Raises:
        UsageProblem: a data set cannot be counted as it is declared.
    """
    sums, long = sum_steps(week, data_sets), long_steps(data_sets)
    gathered = [each for each in (*sums, *long) if each.sums]
    return (
        *part_tables(),
        *week_steps(),
        *sums,
        enrolment_spans(),
        *long,
        *(whole(each) for each in gathered),
        *ends_of_parts(data_sets),
    )


def sum_steps(
    week: IsoWeek, data_sets: Sequence[DataSet], common: IsoWeek | None = None
) -> tuple[Step, ...]:
    """The steps that sum the weeks of a part of the schools; `common`: the week gone on from.

    Raises:
        UsageProblem: a data set cannot be counted as it is declared.
    """
    refuse_uncountable(data_sets)
    first = _weeks_of(common) if common and common < week else 0
    again = common is not None
    return part_steps(_weeks_of(week), numbered(groups_of(data_sets)), first, again=again)


def long_steps(data_sets: Sequence[DataSet]) -> tuple[Step, ...]:
    """The steps from the sums of each enrolment of a part to those who missed much."""
    groups = numbered(groups_of(data_sets))
    return long_enrolments(_absentees(data_sets)), long_kinds(groups), repeated_spans()


def _absentees(data_sets: Sequence[DataSet]) -> list[AbsenteeMeasure]:
    measures = distinct(measure for each in data_sets for measure in each.measures)
    return [each for each in measures if isinstance(each, AbsenteeMeasure)]


def ends_of_parts(data_sets: Sequence[DataSet]) -> tuple[Step, ...]:
    """The steps that make of what parts left what rows read."""
    return long_counts(_absentees(data_sets)), area_leaves(), leaf_peaks()


def ends_of_changes(data_sets: Sequence[DataSet]) -> tuple[Step, ...]:
    """The same of what was kept and what changed."""
    return long_counts(_absentees(data_sets)), revised_leaves(), lost_peaks(), leaf_peaks_again()


def text_of_sums(week: IsoWeek, data_sets: Sequence[DataSet]) -> str:
    """All that decides what is kept of the marks but the data, whatever the week of the year."""
    year = year_of(week)
    last = IsoWeek.containing(year.schools_break_up)
    groups = groups_of(data_sets)
    steps = (
        *queries_marks.register_steps(year, numbered(groups)),
        *steps_of_part(last, data_sets),
        *sum_steps(last, data_sets, last),
        *ends_of_changes(data_sets),
        *counting_steps(data_sets, again=True),
    )
    given = (areas(), row_members(year.totals), item_members(groups))
    return "\n".join((*(each.text for each in steps), *(str(each.to_pylist()) for each in given)))


def _weeks_of(week: IsoWeek) -> int:
    """How many weeks a release has, from the first of the series."""
    return (week.monday - first_monday(year_of(week))).days // 7 + 1
