"""Every check of the screener passes clean files, and each finds what it exists to find."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from publisher.checks.screener import (
    ALL_CHECKS,
    HOUSE_CHECKS,
    SCREENER_CHECKS,
    screen_files,
)
from publisher.checks.settings import CheckSettings
from publisher.checks.summary import summarise
from publisher.model.stages import CheckResult, Outcome, Severity
from tests.unit.checks import spoil as s
from tests.unit.checks.files import clean
from tests.unit.checks.world import DATA_SETS, OF_ALL_PUPILS

SCHOOLS, REASONS, ABSENTEES = "schools_submitting", "attendance_reasons", "persistent_absence"
LONG = "x" * 130

FAILURES: list[tuple[str, str, s.Spoil]] = [
    ("filename_spaces", SCHOOLS, s.name(data="schools submitting.csv")),
    ("filename_spaces", SCHOOLS, s.name(meta="schools submitting.meta.csv")),
    ("filename_special", SCHOOLS, s.name(data="schools+submitting.csv")),
    ("filename_special", SCHOOLS, s.name(meta="schools&submitting.meta.csv")),
    ("filenames_match", SCHOOLS, s.name(meta="schools_submitting_meta.csv")),
    ("col_req_meta", SCHOOLS, s.without_meta("filter_hint")),
    ("col_invalid_meta", SCHOOLS, lambda f: f.meta.insert(0, "notes", "")),
    ("col_req_data", SCHOOLS, s.without("country_name")),
    (
        "col_to_rows",
        SCHOOLS,
        lambda f: setattr(f, "meta", f.meta.loc[[*f.meta.index, *([0] * 9)]]),
    ),
    ("cross_meta_to_data", SCHOOLS, s.without("time_frame")),
    ("cross_data_to_meta", SCHOOLS, s.without_meta_row("time_frame")),
    ("col_names_spaces", SCHOOLS, s.renamed("school_all_count", "school all_count")),
    ("col_snake_case", SCHOOLS, s.renamed("school_all_count", "school_All_count")),
    ("col_var_start", SCHOOLS, s.renamed("school_all_count", "_school_all_count")),
    ("col_ind_smushed", SCHOOLS, s.renamed("school_all_count", "comparable_count")),
    ("col_var_characteristic", SCHOOLS, s.add_filter("characteristic", ["Total", "Female"])),
    ("meta_col_type", SCHOOLS, s.meta("school_all_count", "col_type", "Measure")),
    ("meta_col_name", SCHOOLS, s.meta("school_all_count", "col_name", "")),
    ("meta_ob_unit", SCHOOLS, s.meta("school_all_count", "col_name", "region_name")),
    ("meta_dupe_label", SCHOOLS, s.meta("school_all_count", "label", "Time frame")),
    ("meta_label", SCHOOLS, s.meta("school_all_count", "label", "")),
    (
        "meta_col_name_spaces",
        SCHOOLS,
        s.meta("school_all_count", "col_name", "school_all_count "),
    ),
    (
        "meta_col_name_dupe",
        SCHOOLS,
        s.meta("school_all_count", "col_name", "school_submitted_count"),
    ),
    (
        "meta_fil_grp",
        SCHOOLS,
        s.meta("school_all_count", "filter_grouping_column", "time_frame"),
    ),
    ("meta_filter_hint", SCHOOLS, s.meta("school_all_count", "filter_hint", "Filter by it")),
    (
        "meta_fil_grp_dupe",
        SCHOOLS,
        s.both(
            s.group("time_frame", "frame", ["Total", "Other"]),
            s.meta("education_phase", "filter_grouping_column", "frame"),
        ),
    ),
    ("meta_fil_grp_is_fil", SCHOOLS, s.group("time_frame", "frame", ["Total", "Other"])),
    (
        "meta_fil_grp_match",
        SCHOOLS,
        s.meta("time_frame", "filter_grouping_column", "frame"),
    ),
    (
        "meta_fil_grp_stripped",
        SCHOOLS,
        s.both(
            s.group("time_frame", "frame", ["Total", "Tot-al"]),
            s.add_filter("frame", ["Total", "Tot-al"]),
        ),
    ),
    ("meta_geog_catch", SCHOOLS, s.add_filter("register_code", ["Total", "B"])),
    ("meta_geog_catch", SCHOOLS, s.add_filter("late_code", ["Total", "B"])),
    ("meta_indicator_dp", SCHOOLS, s.meta("time_frame", "indicator_dp", "1")),
    ("meta_ind_unit", SCHOOLS, s.meta("time_frame", "indicator_unit", "%")),
    ("meta_indicator_grouping", SCHOOLS, s.meta("time_frame", "indicator_grouping", "Time")),
    ("meta_ind_dp_set", SCHOOLS, s.meta("school_all_count", "indicator_dp", "")),
    ("meta_ind_dp_values", SCHOOLS, s.meta("school_all_count", "indicator_dp", "one")),
    (
        "meta_ind_unit_validation",
        SCHOOLS,
        s.meta("reference_date", "indicator_unit", "string"),
    ),
    ("time_period_num", SCHOOLS, s.cell("time_period", "25")),
    ("time_id_valid", SCHOOLS, s.cell("time_identifier", "Week 53")),
    ("time_id_mix", SCHOOLS, s.cell("time_identifier", "January")),
    (
        "filter_not_singular",
        SCHOOLS,
        s.cells("education_phase", "All schools", lambda d: d.education_phase != ""),
    ),
    ("geog_level", SCHOOLS, s.cell("geographic_level", "Nation")),
    ("geog_level_present", SCHOOLS, s.without("region_name")),
    ("time_period", SCHOOLS, s.cell("time_period", "202526")),
    (
        "time_period_six",
        SCHOOLS,
        s.both(
            s.cells("time_period", "202527", lambda d: d.time_period != ""),
            s.cells("time_identifier", "Autumn term", lambda d: d.time_period != ""),
        ),
    ),
    ("filter_defaults", SCHOOLS, s.meta("time_frame", "filter_default", "")),
    (
        "filter_group_level",
        SCHOOLS,
        s.both(
            s.group("time_frame", "frame", ["Total", *"abcdefghij"]),
            s.add_filter("frame", ["Total", *"abcdefghij"]),
        ),
    ),
    ("filter_item_limit", REASONS, s.many_items),
    ("filter_whitespace", SCHOOLS, s.cell("time_frame", "Monday ")),
    ("filter_ob_total", SCHOOLS, s.cell("region_name", "Total", s.region)),
    ("filter_blanks", SCHOOLS, s.cell("time_frame", "")),
    ("geog_country_combos", SCHOOLS, s.cell("country_name", "england")),
    ("geog_region_combos", SCHOOLS, s.cell("region_name", "Yorkshire and the Humber", s.region)),
    ("geog_ward_combos", SCHOOLS, s.add_column("ward_code", "E05000001", s.authority)),
    ("geog_pcon_combos", SCHOOLS, s.add_column("pcon_code", "E14000530")),
    ("geog_lad_combos", SCHOOLS, s.add_column("lad_name", "Hartlepool")),
    (
        "geog_lep_combos",
        SCHOOLS,
        s.add_column("local_enterprise_partnership_code", "E37000001"),
    ),
    ("geog_lsip_combos", SCHOOLS, s.add_column("lsip_code", "E69000001")),
    ("geog_eda_combos", SCHOOLS, s.add_column("english_devolved_area_code", "E47000001")),
    ("geog_la_combos", SCHOOLS, s.cell("la_name", "Hartlepools", s.authority)),
    ("geog_level_completed", SCHOOLS, s.cell("old_la_code", "", s.authority)),
    (
        "geog_overcompleted_cols",
        SCHOOLS,
        s.both(
            s.cell("region_code", "E12000001", s.nation),
            s.cell("region_name", "North East", s.nation),
        ),
    ),
    (
        "geog_ignored_rows",
        SCHOOLS,
        s.both(
            s.add_column("institution_id", "1", lambda d: d.country_code != ""),
            s.add_column("institution_name", "A", lambda d: d.country_code != ""),
            s.cells("geographic_level", "Institution", lambda d: d.country_code != ""),
        ),
    ),
    ("geog_la_col_present", SCHOOLS, s.both(s.without("la_name"), s.without_rows(s.authority))),
    (
        "geog_region_col_present",
        SCHOOLS,
        s.both(s.without("region_name"), s.without_rows(s.region)),
    ),
    (
        "geog_region_for_la",
        SCHOOLS,
        s.both(s.cells("region_name", "", s.authority), s.cells("region_code", "", s.authority)),
    ),
    (
        "geog_region_for_lad",
        SCHOOLS,
        s.both(
            s.add_column("lad_code", "x", lambda d: d.index == 0),
            s.add_column("lad_name", "Not available", lambda d: d.index == 0),
            s.cell("geographic_level", "Local authority district"),
        ),
    ),
    (
        "geog_na",
        SCHOOLS,
        s.both(s.add_column("pfa_code", "x"), s.add_column("pfa_name", "Unknown")),
    ),
    (
        "geog_na_code",
        SCHOOLS,
        s.both(s.add_column("pfa_code", "z"), s.add_column("pfa_name", "Not available")),
    ),
    (
        "geog_other_dupes",
        SCHOOLS,
        s.both(
            s.add_column("trust_id", "1", lambda d: d.index % 2 == 0),
            s.add_column("trust_name", "A", lambda d: d.index >= 0),
            s.cells("trust_id", "2", lambda d: d.index % 2 == 1),
        ),
    ),
    (
        "geog_other_code_dupes",
        SCHOOLS,
        s.both(
            s.add_column("trust_name", "A", lambda d: d.index % 2 == 0),
            s.cells("trust_name", "B", lambda d: d.index % 2 == 1),
            s.add_column("trust_id", "1", lambda d: d.index >= 0),
        ),
    ),
    ("general_dupes", SCHOOLS, s.twice),
    ("general_null", SCHOOLS, s.cell("school_all_count", "NA")),
    ("general_null", SCHOOLS, s.meta("school_all_count", "indicator_grouping", "NULL")),
    ("general_null", SCHOOLS, s.cell("school_all_count", "..")),
    ("ind_invalid_entry", SCHOOLS, s.cell("school_all_count", "~")),
    ("harmonised_variables", SCHOOLS, s.add_filter("school_type", ["Total", "Primary"])),
    ("harmonised_eth_vals", SCHOOLS, s.add_filter("ethnicity_major", ["Total", "Whitish"])),
    (
        "harmonised_eth_vals",
        SCHOOLS,
        s.both(
            s.add_filter("ethnicity_major", ["Total", "White"]),
            s.add_filter("ethnicity_minor", ["Total", "African"]),
        ),
    ),
    (
        "harmonised_eth_char_grp",
        SCHOOLS,
        s.add_column("characteristic_group", "Ethnic group"),
    ),
    (
        "harmonised_eth_char_vals",
        SCHOOLS,
        s.both(
            s.add_column("characteristic_group", "Ethnicity major", lambda d: d.index >= 0),
            s.add_column("characteristic", "Whitish", lambda d: d.index >= 0),
        ),
    ),
    ("api_char_col_name", SCHOOLS, s.add_filter("y" * 51, ["Total", "B"])),
    ("api_char_col_label", SCHOOLS, s.meta("time_frame", "label", LONG)),
    ("api_char_loc_code", SCHOOLS, s.cell("old_la_code", "8" * 31, s.authority)),
    ("api_char_filter_items", SCHOOLS, s.add_filter("fsm_status", ["Total", LONG])),
    ("data_dict_col_name", SCHOOLS, s.add_filter("weather", ["Total", "Rain"])),
    ("data_dict_fil_item", SCHOOLS, s.add_filter("fsm_status", ["Total", "Eligible"])),
    (
        "filename_lower_case",
        SCHOOLS,
        s.name(data="Schools_submitting.csv", meta="Schools_submitting.meta.csv"),
    ),
    ("data_columns", SCHOOLS, lambda f: setattr(f, "data", f.data[f.data.columns[::-1]])),
    ("meta_as_defined", SCHOOLS, s.meta("time_frame", "label", "Frame of time")),
    ("meta_as_defined", SCHOOLS, s.meta("school_all_count", "indicator_unit", "£")),
    ("meta_default_as_defined", SCHOOLS, s.meta("time_frame", "filter_default", "Friday")),
    ("meta_indicator_in_data", SCHOOLS, s.without("school_all_count")),
    (
        "meta_default_and_hierarchy",
        SCHOOLS,
        s.both(
            s.group("time_frame", "sex", ["Total", "Female"]),
            s.add_filter("sex", ["Total", "Female"]),
        ),
    ),
    ("meta_label_length", SCHOOLS, s.meta("time_frame", "label", "z" * 90)),
    ("geog_published_levels", SCHOOLS, s.add_column("trust_id", "1")),
    ("filter_items_as_defined", SCHOOLS, s.cell("education_phase", "Nursery")),
    ("ind_blank", SCHOOLS, s.cell("school_all_count", "")),
    ("ind_blank", SCHOOLS, s.cell("school_all_count", " ")),
    ("ind_blank", SCHOOLS, s.cell("reference_date", "", s.of(time_frame="Week"))),
    ("ind_symbols", REASONS, s.cell("session_percent", "k")),
    ("ind_symbols", REASONS, s.cell("session_percent", "*")),
    ("ind_symbols", REASONS, s.cell("session_percent", "[c]")),
    ("ind_free_text", REASONS, s.cell("session_percent", "supp")),
    ("ind_free_text", REASONS, s.cell("session_count", "1,000")),
    ("ind_free_text", REASONS, s.cell("session_count", "-10")),
    ("ind_free_text", REASONS, s.cell("session_count", "c ")),
    ("ind_free_text", SCHOOLS, s.cell("reference_date", "2025-13-01")),
    ("ind_decimals", REASONS, s.cell("session_count", "10.0")),
    ("ind_decimals", ABSENTEES, s.cell("enrolments_percent", "33.333")),
    (
        "ind_percent_range",
        ABSENTEES,
        s.cell("enrolments_percent", "133.33", s.of(absence_type="Persistent absence")),
    ),
    (
        "ind_percent_of_counts",
        ABSENTEES,
        s.cell("enrolments_percent", "33.99", s.of(absence_type="Persistent absence")),
    ),
    (
        "ind_reference_date",
        SCHOOLS,
        s.cell("reference_date", "2025-09-09", s.of(time_frame="Monday")),
    ),
    (
        "ind_nested",
        ABSENTEES,
        s.swapped("absence_type", "Severe absence", "Persistent absence"),
    ),
    (
        "total_of_items",
        REASONS,
        s.added("session_count", 1000, s.of(attendance_reason="Present am")),
    ),
    (
        "total_of_phases",
        SCHOOLS,
        s.added(
            "school_submitted_count",
            1,
            s.of(education_phase="Special", time_frame="Monday", geographic_level="National"),
        ),
    ),
    (
        "total_of_regions",
        SCHOOLS,
        s.both(
            s.added(
                "school_submitted_count",
                1,
                s.of(education_phase="Special", time_frame="Monday", geographic_level="National"),
            ),
            s.added(
                "school_submitted_count",
                1,
                s.of(
                    education_phase="All schools", time_frame="Monday", geographic_level="National"
                ),
            ),
        ),
    ),
    (
        "total_of_authorities",
        SCHOOLS,
        s.both(
            *(
                s.added(
                    "school_submitted_count",
                    1,
                    s.of(education_phase=phase, time_frame="Monday", geographic_level=level),
                )
                for phase in ("Special", "All schools")
                for level in ("National", "Regional")
            ),
        ),
    ),
    ("rows_complete", REASONS, s.without_rows(lambda d: d.index == 5)),
    (
        "rows_totals_present",
        SCHOOLS,
        s.without_rows(
            s.of(
                geographic_level="Local authority",
                education_phase="All schools",
                time_frame="Monday",
            )
        ),
    ),
    (
        "rows_areas_above_present",
        SCHOOLS,
        s.without_rows(
            lambda d: (
                s.region(d)
                & (d.time_frame == "Year to date")
                & (d.region_name == d.region_name[s.region(d)].iloc[0])
            )
        ),
    ),
    (
        "rows_longer_periods_present",
        SCHOOLS,
        s.without_rows(s.of(time_frame="Year to date")),
    ),
    (
        "geog_region_of_la",
        SCHOOLS,
        s.both(
            s.cells("region_code", "E12000007", s.authority),
            s.cells("region_name", "London", s.authority),
        ),
    ),
]


def _screened(folder: Path, data_set: str) -> list[CheckResult]:
    return list(screen_files(folder, [DATA_SETS[data_set]], CheckSettings()))


@pytest.mark.parametrize("data_set", [each.name for each in OF_ALL_PUPILS])
def test_clean_files_pass_every_check(tmp_path: Path, data_set: str) -> None:
    clean(data_set).write(tmp_path)
    results = _screened(tmp_path, data_set)
    assert [each.words for each in results if each.outcome is not Outcome.PASSED] == []
    assert [each.name for each in results] == ["file_read", *(each.name for each in ALL_CHECKS)]


@pytest.mark.parametrize(
    ("check", "data_set", "spoil"), FAILURES, ids=[f"{n}-{f[0]}" for n, f in enumerate(FAILURES)]
)
def test_a_planted_failure_is_found_first_by_its_own_check(
    tmp_path: Path, check: str, data_set: str, spoil: s.Spoil
) -> None:
    files = clean(data_set)
    spoil(files)
    files.write(tmp_path)
    results = _screened(tmp_path, data_set)
    failed = [each for each in results if each.outcome is Outcome.FAILED]
    assert check in {each.name for each in failed}
    expected = next(each for each in failed if each.name == check)
    assert expected.rows_failing > 0
    earlier = _names_before(failed, check)
    assert earlier <= COMES_WITH.get(check, set()), earlier


def _names_before(failed: list[CheckResult], check: str) -> set[str]:
    names = [each.name for each in failed]
    return set(names[: names.index(check)])


COMES_WITH: dict[str, set[str]] = {
    # a name that is wrong in the meta file leaves the right one without a row
    "meta_col_name": {"cross_data_to_meta"},
    "meta_ob_unit": {"cross_data_to_meta"},
    "meta_col_name_spaces": {"cross_data_to_meta"},
    "meta_col_name_dupe": {"cross_data_to_meta"},
    "harmonised_eth_char_grp": {"cross_data_to_meta"},
    # a grouping column that is not there is neither a column nor a filter
    "meta_fil_grp_match": {"cross_meta_to_data", "meta_fil_grp_is_fil"},
    # levels that are never published are refused by more than one check
    "geog_region_for_lad": {"geog_lad_combos"},
    "geog_na": {"geog_overcompleted_cols"},
    "geog_na_code": {"geog_overcompleted_cols"},
    "geog_other_dupes": {"geog_overcompleted_cols"},
    "geog_other_code_dupes": {"geog_overcompleted_cols"},
    "geog_published_levels": {"geog_overcompleted_cols"},
    # a code that is too long is not in the list of codes either
    "api_char_loc_code": {"geog_la_combos"},
    # a file without an indicator's column is not laid out as defined
    "meta_indicator_in_data": {"data_columns"},
    # whatever differs from the definition is reported as that first
    "meta_label_length": {"meta_as_defined"},
}
"""What a planted failure cannot help breaking as well."""


def test_bytes_that_the_platform_does_not_want_are_found(tmp_path: Path) -> None:
    for spoiled in (lambda text: b"\xef\xbb\xbf" + text, lambda text: text.replace(b"\n", b"\r\n")):
        clean(SCHOOLS).write(tmp_path)
        path = tmp_path / f"{SCHOOLS}.csv"
        path.write_bytes(spoiled(path.read_bytes()))
        assert _failed_names(_screened(tmp_path, SCHOOLS)) == ["file_encoding"]


def test_a_long_file_name_is_found(tmp_path: Path) -> None:
    files = clean(SCHOOLS)
    files.name = "a" * 51
    files.write(tmp_path)
    renamed = replace(DATA_SETS[SCHOOLS], name=files.name)
    assert _failed_names(screen_files(tmp_path, [renamed], CheckSettings())) == ["filename_length"]


def _failed_names(results: Iterable[CheckResult]) -> list[str]:
    return [each.name for each in results if each.outcome is not Outcome.PASSED]


def test_every_check_has_a_planted_failure() -> None:
    elsewhere = {"filename_length", "file_encoding"}  # planted below
    elsewhere |= {"total_of_groups"}  # in test_group_checks
    planted = {check for check, _, _ in FAILURES} | elsewhere
    assert planted == {each.name for each in ALL_CHECKS}


def test_the_platforms_checks_are_all_there_under_their_own_names() -> None:
    assert len(SCREENER_CHECKS) == 83
    assert len({each.name for each in SCREENER_CHECKS}) == 81
    assert not {each.name for each in HOUSE_CHECKS} & {each.name for each in SCREENER_CHECKS}


def test_severities_are_the_platforms() -> None:
    warnings = {each.name for each in SCREENER_CHECKS if each.severity is Severity.WARNING}
    assert warnings == {
        "cross_data_to_meta",
        "col_snake_case",
        "col_var_start",
        "col_var_characteristic",
        "meta_fil_grp_is_fil",
        "meta_ind_dp_set",
        "filter_defaults",
        "geog_region_for_la",
        "geog_region_for_lad",
        "harmonised_eth_vals",
        "harmonised_eth_char_vals",
        "api_char_col_name",
        "api_char_col_label",
        "api_char_loc_code",
        "api_char_filter_items",
        "data_dict_col_name",
        "data_dict_fil_item",
    }


@pytest.mark.parametrize("mark", ["N/A", "n/a", ".", "..", "-"])
def test_marks_that_look_like_nothing_only_warn(tmp_path: Path, mark: str) -> None:
    files = clean(SCHOOLS)
    files.data.loc[0, "school_all_count"] = mark
    files.write(tmp_path)
    found = {each.name: each for each in _screened(tmp_path, SCHOOLS)}["general_null"]
    assert (found.outcome, found.severity) == (Outcome.FAILED, Severity.WARNING)


@pytest.mark.parametrize("word", ["NULL", "Null", "null", "NA", "na"])
def test_words_for_nothing_fail(tmp_path: Path, word: str) -> None:
    files = clean(SCHOOLS)
    files.data.loc[0, "school_all_count"] = word
    files.write(tmp_path)
    found = {each.name: each for each in _screened(tmp_path, SCHOOLS)}["general_null"]
    assert (found.outcome, found.severity) == (Outcome.FAILED, Severity.CRITICAL)


def test_a_missing_column_stops_the_checks_that_need_it(tmp_path: Path) -> None:
    files = clean(SCHOOLS)
    s.without("geographic_level")(files)
    files.write(tmp_path)
    results = {each.name: each for each in _screened(tmp_path, SCHOOLS)}
    assert results["col_req_data"].outcome is Outcome.FAILED
    assert results["geog_level"].outcome is Outcome.COULD_NOT_RUN
    assert "'geographic_level' is missing" in results["geog_level"].words
    assert results["geog_level"].blocks


@pytest.mark.parametrize(
    "content",
    [b"", b"a,a\n1,2\n", b"a,b\n1,2,3\n", b"a,b\n\xff,2\n"],
    ids=["empty", "same name twice", "ragged", "not UTF-8"],
)
def test_a_file_that_cannot_be_read_fails_without_its_contents(
    tmp_path: Path, content: bytes
) -> None:
    clean(SCHOOLS).write(tmp_path)
    (tmp_path / f"{SCHOOLS}.csv").write_bytes(content)
    (found,) = _screened(tmp_path, SCHOOLS)
    assert (found.name, found.outcome) == ("file_read", Outcome.FAILED)
    assert found.blocks


def test_missing_files_fail(tmp_path: Path) -> None:
    found = _screened(tmp_path, SCHOOLS)
    assert [each.name for each in found] == ["file_read", "file_read"]
    assert all(each.blocks for each in found)


def test_a_file_without_rows_fails(tmp_path: Path) -> None:
    files = clean(SCHOOLS)
    files.data = files.data.iloc[:0]
    files.write(tmp_path)
    results = _screened(tmp_path, SCHOOLS)
    assert results[0].name == "file_read"
    assert results[0].blocks


def test_a_file_of_no_data_set_fails(tmp_path: Path) -> None:
    clean(SCHOOLS).write(tmp_path)
    (tmp_path / "pupils.csv").write_text("upn\n")
    found = _screened(tmp_path, SCHOOLS)[-1]
    assert (found.name, found.data_set, found.blocks) == ("file_expected", "pupils.csv", True)


def test_words_have_numbers_of_rows_and_no_cells(tmp_path: Path) -> None:
    files = clean(REASONS)
    canary = "73137"
    files.data.loc[3, "session_count"] = canary
    files.data.loc[4, "attendance_reason"] = f"Reason {canary}"
    files.data.loc[5, "la_name"] = f"Place {canary}"
    files.write(tmp_path)
    results = _screened(tmp_path, REASONS)
    assert len(_failed_names(results)) > 3
    assert not [each for each in results if canary in each.words]


def test_suitable_for_the_api_only_without_a_warning_of_its_stage(tmp_path: Path) -> None:
    files = clean(SCHOOLS)
    files.write(tmp_path)
    assert summarise(_screened(tmp_path, SCHOOLS))["api_suitable"] == {SCHOOLS: True}
    s.add_filter("weather", ["Total", "Rain"])(files)
    files.write(tmp_path)
    assert summarise(_screened(tmp_path, SCHOOLS))["api_suitable"] == {SCHOOLS: False}


def test_a_filter_with_one_item_has_no_meta_row(tmp_path: Path) -> None:
    files = clean(ABSENTEES)
    assert "time_frame" not in set(files.meta.col_name)
    files.write(tmp_path)
    assert _failed_names(_screened(tmp_path, ABSENTEES)) == []
