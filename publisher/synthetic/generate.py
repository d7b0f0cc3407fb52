"""Makes an invented feed: the whole country first, then its registers part by part."""

from __future__ import annotations

from publisher.model.progress import Progress, Silent
from publisher.synthetic.batching import plan_batches
from publisher.synthetic.blocks import Country
from publisher.synthetic.calendar import school_calendar
from publisher.synthetic.country import invent_schools
from publisher.synthetic.design import FeedDesign, FeedSummary
from publisher.synthetic.diary import keep_diary
from publisher.synthetic.intensity import intensity
from publisher.synthetic.ledger import keep_ledger
from publisher.synthetic.parts import write_parts
from publisher.synthetic.registry import approvals_table, census_table, schools_table
from publisher.synthetic.writing import check_destination, folder_in_place, write_table

_SILENT = Silent()


def generate_feed(
    design: FeedDesign, progress: Progress = _SILENT, processes: int | None = None
) -> FeedSummary:
    """Write the feed of a design; an earlier feed in the same folder is replaced.

    The feed appears complete or not at all. The same design gives the same bytes, in however many
    `processes` (as many as there are processors, if not given): every block of schools has random
    streams of its own, and what stands in one file is written in order.

    Raises:
        UsageProblem: the design is impossible, or `design.out` holds something else.
        CouldNotRun: the disk is full or cannot be written.
    """
    check_destination(design.out)
    country = _invent_country(design)
    with folder_in_place(design.out) as folder:
        write_table(schools_table(country.schools), folder / "schools.parquet")
        write_table(approvals_table(country.schools, country.ledger), folder / "approvals.parquet")
        write_table(census_table(design.scale), folder / "census.parquet")
        written = write_parts(country, folder, progress, processes)
    return FeedSummary(country.schools.count, written.pupils, written.marks, country.batches.count)


def _invent_country(design: FeedDesign) -> Country:
    calendar = school_calendar(design.first_day, design.last_day)
    batches = plan_batches(calendar, design.batches)
    schools = invent_schools(design.seed, design.scale, calendar.academic_year)
    ledger = keep_ledger(design.seed, schools, calendar)
    return Country(
        seed=design.seed,
        calendar=calendar,
        batches=batches,
        schools=schools,
        ledger=ledger,
        diary=keep_diary(design.seed, schools, calendar, batches, ledger),
        intensity=intensity(schools, calendar, design.seed),
    )
