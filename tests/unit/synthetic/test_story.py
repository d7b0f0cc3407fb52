"""What makes the feed awkward on purpose: corrections, lateness, approvals, moves, oddities."""

from __future__ import annotations

import numpy as np

from publisher.synthetic.codes import NO_REASON, code
from publisher.synthetic.corrections import send_wrong_first


def test_no_reason_yet_is_resolved_over_the_following_batches(small_feed):
    first = (
        "with first_sent as (select *, row_number() over (partition by urn, upn, date"
        " order by batch) as position from batch_marks)"
    )
    unknown = small_feed.one(
        f"{first} select count(*) from first_sent where position = 1 and (am = 'N' or pm = 'N')"
    )
    resolved = small_feed.rows(
        f"{first} select f.am, f.pm from first_sent s join final_marks f using (urn, upn, date)"
        " where s.position = 1 and (s.am = 'N' or s.pm = 'N')"
        " and coalesce(f.am, '') <> 'N' and coalesce(f.pm, '') <> 'N'"
    )
    assert unknown > 200
    assert 0.4 < len(resolved) / unknown < 0.85
    assert {"I", "O"} <= {am for am, _ in resolved}
    assert "/" in {am for am, _ in resolved}


def test_no_reason_yet_is_rarer_in_older_weeks(small_feed):
    share = dict(
        small_feed.rows("select weekofyear(date), avg((am = 'N')::int) from final_marks group by 1")
    )
    assert share[45] > 2 * share[38]


def test_a_day_is_corrected_once_and_later(small_feed):
    assert (
        small_feed.one(
            "select max(n) from (select count(*) as n from batch_marks group by urn, upn, date)"
        )
        == 2
    )


def test_some_days_are_withdrawn_and_some_have_one_session(small_feed):
    withdrawn = small_feed.one("select count(*) from batch_marks where am is null and pm is null")
    half = small_feed.one("select count(*) from batch_marks where (am is null) <> (pm is null)")
    total = small_feed.summary.marks
    assert 0 < withdrawn < total / 5_000
    assert 0 < half < total / 5_000


def test_some_schools_are_late_by_one_or_two_batches(small_feed):
    delays = dict(
        small_feed.rows(
            "with own as (select urn, weekofyear(date) as week, min(batch) as batch"
            " from batch_marks group by all),"
            " batches as (select batch, row_number() over (order by batch) as n"
            " from (select distinct batch from batch_marks))"
            " select n - (week - 36), count(*) from own join batches using (batch) group by 1"
        )
    )
    assert set(delays) == {0, 1, 2}
    late = (delays[1] + delays[2]) / sum(delays.values())
    assert 0.005 < late < 0.03


def test_missing_schools_send_nothing_but_stay_in_the_register(small_feed):
    silent = small_feed.one(
        "select count(*) from schools where establishment_status <> 'Closed'"
        " and urn not in (select urn from batch_marks)"
    )
    total = small_feed.one("select count(*) from schools")
    assert 0.018 < silent / total < 0.035


def test_approvals_start_stop_and_resume(small_feed):
    days = "date '2025-09-08'", "date '2025-11-07'"
    starting = small_feed.one(f"select count(*) from approvals where approved_from > {days[0]}")
    resumed = small_feed.one(
        "select count(*) from (select urn from approvals group by urn having count(*) > 1"
        f" and max(approved_to) >= {days[0]} and count(*) > count(approved_to))"
    )
    stopped = small_feed.one(
        "select count(*) from (select urn from approvals group by urn having"
        f" count(*) = count(approved_to) and max(approved_to) between {days[0]} and {days[1]})"
    )
    open_ended = small_feed.one(
        "select count(distinct urn) from approvals where approved_to is null"
    )
    assert starting > 100
    assert resumed > 50
    assert stopped > 50
    assert open_ended > 0.95 * small_feed.summary.schools


def test_approvals_of_a_school_do_not_overlap(small_feed):
    overlapping = small_feed.one(
        "select count(*) from approvals a join approvals b using (urn)"
        " where a.approved_from < b.approved_from"
        " and (a.approved_to is null or a.approved_to >= b.approved_from)"
    )
    assert overlapping == 0


def test_a_few_marks_lie_outside_approval(small_feed):
    outside = small_feed.one(
        "select count(*) from batch_marks m where not exists (select 1 from approvals a"
        " where a.urn = m.urn and m.date >= a.approved_from"
        " and (a.approved_to is null or m.date <= a.approved_to))"
    )
    assert 0 < outside < 0.02 * small_feed.summary.marks


def test_joiners_and_leavers_have_marks_only_while_on_roll(small_feed):
    start = small_feed.design.first_day
    joiners = small_feed.one(f"select count(*) from pupils where admission_date > date '{start}'")
    leavers = small_feed.one("select count(*) from pupils where leaving_date is not null")
    assert 0.005 < joiners / small_feed.summary.pupils < 0.03
    assert 0.004 < leavers / small_feed.summary.pupils < 0.03
    after = small_feed.one(
        "select count(*) from final_marks join pupils using (urn, upn) where date > leaving_date"
    )
    before = small_feed.rows(
        "select distinct am, pm from final_marks join pupils using (urn, upn)"
        " where date < admission_date"
    )
    assert after == 0
    assert ("Z", "Z") in before
    assert {mark for marks in before for mark in marks} <= {"Z", "Q9", "-", "XX", *"HJYF", None}


def test_some_leavers_join_another_school_under_the_same_number(small_feed):
    movers = small_feed.one(
        "select count(*) from pupils a join pupils b using (upn)"
        " where a.urn <> b.urn and a.leaving_date < b.admission_date"
        " and a.forename = b.forename and a.date_of_birth = b.date_of_birth"
    )
    assert movers > 50


def test_pupils_with_two_schools_are_at_one_of_them(small_feed):
    query = (
        "from final_marks a join final_marks b using (upn, date)"
        " where a.urn < b.urn and a.am <> 'Z' and b.am <> 'Z'"
    )
    both = small_feed.one(f"select count(*) {query}")
    exactly_one = small_feed.one(f"select count(*) {query} and (a.am = 'D') <> (b.am = 'D')")
    elsewhere = ("#", "Y4", "N")
    either = small_feed.one(
        f"select count(*) {query} and ((a.am = 'D') <> (b.am = 'D')"
        f" or a.am in {elsewhere} or b.am in {elsewhere})"
    )
    assert both > 1_000
    assert exactly_one / both > 0.95
    assert either / both > 0.99


def test_retired_and_unknown_codes_are_a_trickle(small_feed):
    found = dict(
        small_feed.rows(
            "select am, count(*) from final_marks where am in"
            " ('H', 'J', 'Y', 'F', 'Q9', '-', 'XX') group by 1"
        )
    )
    total = sum(found.values())
    assert {"Q9", "-"} & set(found)
    assert {"H", "J", "Y", "F"} & set(found)
    assert total < small_feed.summary.marks / 20_000


def test_very_few_pupils_have_marks_and_no_record_at_their_school(small_feed):
    orphans = small_feed.one(
        "select count(*) from (select distinct urn, upn from batch_marks) anti join pupils"
        " using (urn, upn)"
    )
    assert 0 < orphans < small_feed.summary.pupils / 5_000


def test_records_change_in_later_batches(small_feed):
    again = small_feed.one(
        "select count(*) from (select 1 from batch_pupils group by urn, upn having count(*) > 1)"
    )
    assert 0.003 < again / small_feed.summary.pupils < 0.05
    changed = small_feed.one(
        "select count(*) from (select 1 from batch_pupils group by urn, upn"
        " having count(distinct free_school_meals) > 1)"
    )
    assert changed > 0


def test_inset_days_are_marked_or_left_out(small_feed):
    hashes = small_feed.one(
        "select count(*) from (select urn, date from final_marks group by all"
        " having min(am) = '#' and max(am) = '#')"
    )
    assert hashes > 100


def test_not_required_is_only_for_those_outside_compulsory_age(small_feed):
    years = {
        row[0]
        for row in small_feed.rows(
            "select distinct year_group from final_marks join pupils using (urn, upn)"
            " where pm = 'X' and year_group is not null"
        )
    }
    assert years <= {"N1", "N2", "R", "12", "13"}
    assert {"N2", "R", "12"} <= years


def test_unknown_values_are_a_trickle(small_feed):
    for column in ("free_school_meals", "ethnicity", "sen_support", "child_in_need"):
        blank = small_feed.one(f"select avg(({column} is null)::int) from pupils")
        assert 0 < blank < 0.01, column


def test_corrections_leave_a_single_batch_as_it_is_sent():
    shape = (400, 20)
    marks = (np.full(shape, code("I"), np.uint8), np.full(shape, code("I"), np.uint8))
    arrive = np.zeros(shape, dtype=np.int8)
    steady = np.zeros(shape[0], dtype=bool)
    fixed = send_wrong_first(np.random.default_rng(1), marks, arrive, 1, steady)
    assert len(fixed.row) == 0
    assert 0.02 < (marks[0] == NO_REASON).mean() < 0.04
