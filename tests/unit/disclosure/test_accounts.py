"""What of the account of rows reviewers may see."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from publisher.disclosure.accounts import NOT_BROKEN_DOWN, run_account
from publisher.disclosure.settings import Policy
from publisher.model.accounting import (
    BatchRows,
    Bucket,
    Line,
    RunAccount,
    SessionAccount,
    TableAccount,
    TrueAccount,
    account_at_the_door,
)
from publisher.model.geography import COUNTRY_CODE
from publisher.model.stages import ROW_KEY, TrueCells
from tests.unit.disclosure.test_protect import run, small_country

FIRST = datetime(2025, 11, 7, 18, 30)


def batch(number: int, schools: int, stored: int = 90) -> BatchRows:
    name = (FIRST + timedelta(days=number)).strftime("%Y-%m-%dT%H%M")
    marks = account_at_the_door({"stored": stored, "no pupil number": 10})
    return BatchRows((name,), schools, marks, account_at_the_door({"stored": 5}))


def account(*schools: int) -> TrueAccount:
    stored = 90 * len(schools)
    lines = (
        Line(Bucket.COUNTED, "in the figures", stored - 1),
        Line(Bucket.ORPHAN, "pupil without a record at the school", 1),
        Line(Bucket.REFUSED, "no pupil number", 10 * len(schools)),
    )
    pupils = 5 * len(schools)
    return TrueAccount(
        marks=TableAccount(stored + 10 * len(schools), lines),
        pupils=TableAccount(pupils, (Line(Bucket.COUNTED, "in the figures", pupils),)),
        sessions=SessionAccount(2 * stored - 2, 0, 0),
        batches=tuple(batch(number, each) for number, each in enumerate(schools)),
    )


def country(*schools: int, left_out: tuple[int, ...] = ()) -> TrueCells:
    true = small_country(lonely=False, weeks_left_out=left_out).true_cells()
    return replace(true, account=account(*(schools or (50, 50))))


def rows(*keys: tuple[str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(list(keys), columns=list(ROW_KEY))


def seen(true: TrueCells, *withheld: tuple[str, str, str]) -> RunAccount:
    found = run_account(true, rows(*withheld), Policy())
    assert found is not None
    return found


def test_where_nothing_was_counted_from_a_store_there_is_no_account() -> None:
    true = small_country(lonely=False).true_cells()
    assert run_account(true, rows(), Policy()) is None
    assert run(true).account is None


def test_an_account_crosses_the_boundary_with_the_figures() -> None:
    true = country()
    found = run(true).account
    assert isinstance(found, RunAccount)
    assert true.account is not None
    assert (found.marks, found.pupils, found.sessions, found.batches) == (
        true.account.marks,
        true.account.pupils,
        true.account.sessions,
        true.account.batches,
    )


@pytest.mark.parametrize(
    ("schools", "together"),
    [
        ((50, 60, 70), []),
        ((50, 2, 70), [0, 1]),
        ((50, 1, 70, 0), [0, 1, 3]),
        ((2, 1), [0, 1]),
        ((3, 3), []),
    ],
)
def test_batches_of_few_schools_are_told_with_another(
    schools: tuple[int, ...], together: list[int]
) -> None:
    true = country(*schools)
    assert true.account is not None
    names = [each.names[0] for each in true.account.batches]
    found = seen(true).batches
    alone = [(name,) for number, name in enumerate(names) if number not in together]
    expected = [*alone, *([tuple(names[n] for n in together)] if together else [])]
    assert [each.names for each in found] == expected
    assert sum(each.marks.arrived for each in found) == true.account.marks.arrived
    for each in found:
        assert each.marks.rows(Bucket.TAKEN_IN) == 90 * len(each.names)
        assert each.marks.arrived == 100 * len(each.names)


def assert_not_broken_down(found: RunAccount) -> None:
    assert found.sessions is None
    assert found.marks.buckets == {Bucket.TAKEN_IN: 180, Bucket.REFUSED: 20}
    assert found.marks.arrived == 200
    assert NOT_BROKEN_DOWN in {line.words for line in found.marks.lines}
    assert found.pupils.buckets == {Bucket.TAKEN_IN: 10}


def test_when_the_country_is_withheld_its_rows_are_not_broken_down() -> None:
    true = country()
    assert seen(true, (COUNTRY_CODE, "Special", "9-ytd")).sessions is not None
    assert_not_broken_down(seen(true, (COUNTRY_CODE, "All schools", "9-ytd")))


def test_one_withheld_area_on_days_that_the_country_leaves_out_could_be_worked_out() -> None:
    """The account has these days, the country's figures do not: what differs is the area."""
    true = country(left_out=(1,))
    week = true.scope.week
    first, second, third = ((f"E06000{number:03d}", "Primary", f"{week}-9") for number in range(3))
    earlier = (first[0], "Primary", f"{true.scope.periods[0].key[:8]}-9")
    assert seen(true).sessions is not None
    assert seen(true, earlier).sessions is not None
    assert_not_broken_down(seen(true, first))
    assert_not_broken_down(seen(true, first, (first[0], "All schools", first[2])))
    assert seen(true, first, second).sessions is not None
    assert seen(true, first, second, third).sessions is not None


def test_two_withheld_areas_of_two_schools_could_be_worked_out() -> None:
    true = country(left_out=(1,))
    evidence = true.evidence.assign(schools=np.int64(1))
    week = f"{true.scope.week}-9"
    two = [(f"E06000{number:03d}", "Primary", week) for number in range(2)]
    assert_not_broken_down(seen(replace(true, evidence=evidence), *two))


def test_days_left_out_without_a_week_of_their_own_cannot_be_judged() -> None:
    true = country()
    stray = true.scope.week.friday + timedelta(days=3)
    assert_not_broken_down(seen(replace(true, scope=replace(true.scope, days_left_out=(stray,)))))


def test_an_account_shows_no_number_by_accident() -> None:
    true = country()
    assert true.account is not None
    assert not any(letter.isdigit() for letter in repr(true.account).split(" at ")[0])
    assert not any(letter.isdigit() for letter in repr(seen(true)).split(" at ")[0])
