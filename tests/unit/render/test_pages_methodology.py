from __future__ import annotations

from dataclasses import replace
from datetime import date

from publisher.catalogue import CATALOGUE
from publisher.model.definitions import Rate
from publisher.model.stages import CheckedCells
from publisher.reference.codes import register_codes
from publisher.render.content_methodology import methodology
from tests.unit.render.pages_release import RULES, checked_release, method_facts


def with_days_out(*days: date) -> CheckedCells:
    checked = checked_release(authorities=2)
    scope = replace(checked.protected.scope, days_left_out=days)
    return replace(checked, protected=replace(checked.protected, scope=scope))


def test_every_code_measure_and_rule_is_on_the_page():
    page = methodology(checked_release(authorities=2), method_facts())
    assert [row.header for row in page.codes.rows] == [each.code for each in register_codes()]
    assert [rule.rstrip(".") for rule in page.rules] == list(RULES)
    for table, data_set in zip(page.measures, CATALOGUE, strict=True):
        assert [row.header for row in table.rows] == [each.label for each in data_set.measures]
        for row, measure in zip(table.rows, data_set.measures, strict=True):
            assert row.cells[0].words == measure.words


def test_a_percentage_is_explained_exactly_where_one_is_published():
    page = methodology(checked_release(authorities=2), method_facts())
    for table, data_set in zip(page.measures, CATALOGUE, strict=True):
        rated = {
            figure.numerator
            for item in data_set.items
            for figure in item.figures.values()
            if isinstance(figure, Rate)
        }
        for row, measure in zip(table.rows, data_set.measures, strict=True):
            formula = row.cells[1].words
            assert ("\u00f7" in formula) is (measure.name in rated)
            assert (formula == "Not published") is (measure.name not in rated)


def test_school_days_in_a_row_are_said_as_one():
    thursday, friday, monday = date(2025, 10, 23), date(2025, 10, 24), date(2025, 10, 27)
    page = methodology(with_days_out(monday, thursday, friday, date(2025, 11, 5)), method_facts())
    assert page.days_left_out == ("23 October 2025 to 27 October 2025", "5 November 2025")
    assert methodology(with_days_out(), method_facts()).days_left_out == ()


def test_how_totals_are_made_follows_the_academic_year():
    page = methodology(checked_release(authorities=2), method_facts())
    assert page.academic_year == "2025/26"
    assert not page.weighted_totals
