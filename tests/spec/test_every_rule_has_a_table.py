"""The rules of the method, section by section, and the worked case that shows each of them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def each_engine() -> None:
    """Nothing is counted here."""


HERE = Path(__file__).parent
# rule -> file, test
RULES = """
1 published are pupils aged 5 to 15 on 31 August                | method | who_is_counted_is_aged_5_to_15_on_31_august
1 phase comes from the register of schools                      | schools_and_dates | the_register_of_schools_says_the_phase
1 a pupil enrolled at two schools is two enrolments             | method | a_pupil_at_two_schools_is_two_enrolments
1 marks count between admission and leaving                     | method | only_days_between_admission_and_leaving_count
1 marks count on days that a sharing approval covers            | sharing | which_days_count
1 Year 11 is removed after the May half-term                    | method | year_11_leaves_after_the_may_half_term_in_any_school_type
1 when the series starts and Year 11 leaves is dated            | schools_and_dates | rules_that_are_dated_by_academic_year
2 what each code counts as, in use or not                       | codes | what_each_code_adds_to
2 every code has a category                                     | codes | the_table_has_every_code
2 codes that are not possible sessions have items of their own  | codes | management_codes_are_counted_in_items_of_their_own
2 an unknown code is never guessed; no record, no count         | method | an_unknown_code_is_never_guessed_and_a_mark_without_a_record_is_held_back
2 a blank mark is no session                                    | method | what_each_code_counts_as
3 a rate is sessions of a kind of possible sessions             | rates | a_rate_of_sessions_is_a_percentage_of_possible_sessions
3 on summed sessions, never a mean of rates                     | rates | a_rate_is_of_summed_sessions_and_never_a_mean_of_rates
3 rates are of rounded counts, halves away from zero            | rates | rates_are_of_rounded_counts_and_halves_go_away_from_zero
3 a withheld row has no rate                                    | rates | a_withheld_row_withholds_its_rates_and_what_is_never_shown_is_not_available
3 a rate of what rounds to zero is not available                | rates | a_rate_of_a_number_that_is_rounded_to_zero_is_not_available
3 a rate of nobody is not available                             | rates | a_rate_of_nobody_is_not_available
3 a rate of a group is of that group                            | rates | a_rate_of_a_group_of_pupils_is_of_that_groups_own_sessions_and_enrolments
3 schools and enrolments are means of daily figures             | method | numbers_of_schools_and_enrolments_are_means_of_the_days_that_have_a_row
4 from 2025/26 all schools are the plain sum                    | method | all_schools_is_the_plain_sum_from_2025_26_authorities_included
4 and so are their rates                                        | census_weighted_totals | from_2025_26_rates_of_all_schools_are_of_the_plain_sum
4 to 2024/25 rates of all schools are weighted to the census    | census_weighted_totals | rates_of_all_schools_are_weighted_to_the_census_to_2024_25
4 every rate of sessions is                                     | census_weighted_totals | every_rate_of_sessions_is_weighted
4 and every rate of enrolments, of any group                    | census_weighted_totals | rates_of_enrolments_and_of_groups_are_weighted_with_the_same_census_pupils
4 weights are census pupils, not those who share                | census_weighted_totals | weights_are_those_of_the_census_and_not_of_the_schools_that_share
4 a phase that is not in the census leaves no rate              | census_weighted_totals | a_phase_that_the_census_does_not_list_leaves_the_total_without_a_rate
4 a withheld phase leaves no rate                               | census_weighted_totals | a_withheld_phase_withholds_the_rate_of_the_total
4 to 2024/25 authorities have no total                          | method | to_2024_25_authorities_have_no_row_for_all_schools
5 10% and 50%, more than 10 possible sessions                   | method | persistently_absent
5 the rate is of enrolments with so many possible sessions      | rates | a_rate_of_enrolments_is_a_percentage_of_those_with_more_than_10_possible_sessions
5 for year to date and terms, from week 2                       | schools_and_dates | when_a_release_comes_and_what_it_carries
6 what periods are called, and their reference dates            | schools_and_dates | what_periods_are_called
6 terms once they have ended                                    | method | a_term_is_published_once_it_has_ended
6 a week 53 is refused, or merged                               | schools_and_dates | a_week_53_is_refused_or_merged
7 an area with no open school has no row                        | method | an_area_without_an_open_school_has_no_row
7 a week in which few authorities are open is left out          | method | a_week_in_which_few_authorities_are_open_is_left_out_above_them
7 the threshold itself stays in                                 | method | exactly_the_threshold_stays_in
7 strike days have no daily rows                                | method | a_strike_day_has_no_daily_row_and_stays_in_the_week
8 Thursday 09:30, thirteen days after the Friday                | schools_and_dates | when_a_release_comes_and_what_it_carries
8 past days are counted anew                                    | method | every_past_day_is_counted_anew_when_a_school_corrects_it
9 what each data set shows                                      | data_sets_and_symbols | what_a_data_set_shows
9 wide files                                                    | data_sets_and_symbols | wide_files_have_a_column_for_each_measure
9 levels of area                                                | data_sets_and_symbols | levels_are_national_regional_and_local_authority_but_for_the_move_to_secondary
9 rows of a full week                                           | data_sets_and_symbols | a_week_promises_a_row_for_each_place_and_phase
9 which group a record says                                     | groups_of_pupils | the_record_says_the_group
9 unknown is a group of its own, nobody is dropped              | groups_of_pupils | groups_add_up_to_all_pupils_and_nobody_is_dropped
9 ethnicity minor for the year to date only                     | groups_of_pupils | ethnicity_minor_is_for_the_year_to_date_only
9 moving from primary to secondary                              | groups_of_pupils | moving_to_secondary_school_is_by_year_group_and_provision
9 for England and its regions only                              | groups_of_pupils | moving_to_secondary_school_is_for_wide_areas_all_schools_and_the_year_to_date
10 symbols                                                      | data_sets_and_symbols | what_stands_in_place_of_a_number
10 displayed decimals                                           | data_sets_and_symbols | displayed_decimals_are_rounded_half_away_from_zero
"""  # noqa: E501
LINES = [tuple(part.strip() for part in line.split("|")) for line in RULES.strip().splitlines()]


@pytest.mark.parametrize(("rule", "file", "test"), LINES, ids=[each[0] for each in LINES])
def test_the_rule_has_its_table(rule: str, file: str, test: str) -> None:
    assert f"test_{test}" in _tests_of(HERE / f"test_{file}.py"), rule


def test_no_section_and_no_file_of_worked_cases_is_left_out() -> None:
    assert {int(rule.split()[0]) for rule, *_ in LINES} == set(range(1, 11))
    named = {f"test_{file}.py" for _, file, _ in LINES}
    assert {each.name for each in HERE.glob("test_*.py")} - {Path(__file__).name} == named


def _tests_of(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {each.name for each in tree.body if isinstance(each, ast.FunctionDef)}
