from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq

from publisher.reference.establishments import published_phase
from publisher.reference.ethnicity import ethnicities

SCHOOLS = [
    "urn",
    "la_code",
    "name",
    "type_of_establishment",
    "establishment_status",
    "phase_of_education",
    "open_date",
    "close_date",
    "trust_code",
    "trust_name",
]
PUPILS = [
    "forename",
    "surname",
    "date_of_birth",
    "upn",
    "sex",
    "ethnicity",
    "looked_after",
    "previously_looked_after",
    "sen_support",
    "ehc_plan",
    "free_school_meals",
    "year_group",
    "urn",
    "la_code",
    "admission_date",
    "expected_leaving_date",
    "leaving_date",
    "child_in_need",
    "child_protection_plan",
]
FLAGS = [
    "looked_after",
    "previously_looked_after",
    "sen_support",
    "ehc_plan",
    "free_school_meals",
    "child_in_need",
    "child_protection_plan",
]


def test_the_folder_holds_the_tables_of_the_contract_and_nothing_else(tiny_feed):
    assert sorted(path.name for path in tiny_feed.folder.iterdir()) == [
        "approvals.parquet",
        "batches",
        "census.parquet",
        "schools.parquet",
    ]
    batches = sorted((tiny_feed.folder / "batches").iterdir())
    assert len(batches) == tiny_feed.design.batches
    for batch in batches:
        assert sorted(path.name for path in batch.iterdir()) == ["marks", "pupils"]
        for table in batch.iterdir():
            assert [path.name for path in table.iterdir()] == ["part-0000.parquet"]
    assert batches[-1].name == "2025-11-07T1830"


def test_columns_are_those_of_the_contract_in_its_order(tiny_feed):
    def columns(path):
        return pq.read_schema(tiny_feed.folder / path).names

    assert columns("schools.parquet") == SCHOOLS
    assert columns("approvals.parquet") == ["urn", "approved_from", "approved_to"]
    assert columns("census.parquet") == ["la_code", "education_phase", "schools", "pupils"]
    for batch in (tiny_feed.folder / "batches").iterdir():
        assert columns(batch / "pupils" / "part-0000.parquet") == PUPILS
        assert columns(batch / "marks" / "part-0000.parquet") == ["urn", "upn", "date", "am", "pm"]


def test_types_of_marks(tiny_feed):
    path = tiny_feed.folder / "batches" / "2025-09-12T1830" / "marks" / "part-0000.parquet"
    schema = pq.read_schema(path)
    assert schema.field("urn").type == pa.int32()
    assert schema.field("date").type == pa.date32()
    for name in ("upn", "am", "pm"):
        assert schema.field(name).type.value_type == pa.string()


def test_one_row_per_pupil_and_day_in_a_batch(small_feed):
    repeated = small_feed.one(
        "select count(*) from (select 1 from batch_marks group by batch, urn, upn, date"
        " having count(*) > 1)"
    )
    assert repeated == 0


def test_one_record_per_enrolment_in_a_batch(small_feed):
    repeated = small_feed.one(
        "select count(*) from (select 1 from batch_pupils group by batch, urn, upn"
        " having count(*) > 1)"
    )
    assert repeated == 0


def test_no_mark_is_in_the_future_of_its_batch_or_at_a_weekend(small_feed):
    assert small_feed.one("select count(*) from batch_marks where date::varchar > batch[:10]") == 0
    assert small_feed.one("select count(*) from batch_marks where dayofweek(date) in (0, 6)") == 0


def test_days_lie_in_the_design(small_feed):
    first, last = small_feed.rows("select min(date), max(date) from batch_marks")[0]
    assert (first, last) == (small_feed.design.first_day, small_feed.design.last_day)


def test_half_terms_have_no_marks(small_feed):
    open_in_half_term = small_feed.rows(
        "select distinct la_code from final_marks join schools using (urn)"
        " where weekofyear(date) = 44 order by 1"
    )
    # Leicester, Bath-pattern authorities: those that had the week before off instead
    assert len(open_in_half_term) == 4
    scilly = "select count(*) from final_marks join schools using (urn) where la_code = '420'"
    assert small_feed.one(f"{scilly} and weekofyear(date) = 45") == 0
    assert small_feed.one(f"{scilly} and weekofyear(date) = 43") > 0


def test_the_summary_counts_what_was_written(small_feed):
    summary = small_feed.summary
    assert summary.schools == small_feed.one("select count(*) from schools")
    assert summary.marks == small_feed.one("select count(*) from batch_marks")
    assert summary.batches == small_feed.one("select count(distinct batch) from batch_marks")
    # all enrolments but the few without a record
    recorded = small_feed.one("select count(*) from pupils")
    assert 0 <= summary.pupils - recorded < summary.pupils / 1000


def test_flags_sex_and_ethnicity_are_words_of_the_contract(small_feed):
    allowed = {"true", "false", "1", "0", "Y", "N", "T", "F", None}
    for flag in FLAGS:
        found = {row[0] for row in small_feed.rows(f"select distinct {flag} from batch_pupils")}
        assert found <= allowed
        assert {"true", "false", None} <= found
    sexes = {row[0] for row in small_feed.rows("select distinct sex from batch_pupils")}
    assert {"M", "F"} < sexes <= {"M", "F", "Male", "Female", "male", "FEMALE", "U", None}
    codes = {row[0] for row in small_feed.rows("select distinct ethnicity from batch_pupils")}
    assert codes - set(ethnicities()) == {"ZZZZ", None}
    assert {"WBRI", "REFU", "NOBT", "UNCL", "WENG", "ABAN"} <= codes


def test_every_school_has_a_wording_of_the_register(tiny_feed):
    wordings = tiny_feed.rows(
        "select distinct type_of_establishment, phase_of_education from schools"
    )
    phases = {published_phase(kind, phase) for kind, phase in wordings}
    assert phases == {"Primary", "Secondary", "Special", ""}
    statuses = {row[0] for row in tiny_feed.rows("select establishment_status from schools")}
    assert statuses == {"Open", "Closed", "Open, but proposed to close"}


def test_urns_have_six_digits_and_are_unique(tiny_feed):
    count, distinct, low, high = tiny_feed.rows(
        "select count(*), count(distinct urn), min(urn), max(urn) from schools"
    )[0]
    assert count == distinct
    assert low >= 100_000
    assert high <= 999_999


def test_records_fit_their_school_and_year_group(small_feed):
    assert (
        small_feed.one(
            "select count(*) from pupils p join schools s using (urn) where p.la_code <> s.la_code"
        )
        == 0
    )
    youngest = small_feed.one("select max(date_of_birth) from pupils")
    assert youngest.year <= small_feed.design.first_day.year - 2
    off_by = small_feed.rows(
        "select 2025 - year(date_of_birth) - (month(date_of_birth) >= 9)::int"
        " - (year_group::int + 4) as gap, count(*) from pupils"
        " where try_cast(year_group as int) is not null group by 1"
    )
    assert {gap for gap, _ in off_by} == {0, 1}
    assert dict(off_by)[1] < 0.01 * dict(off_by)[0]


def test_upns_pass_their_check(tiny_feed):
    letters = "ABCDEFGHJKLMNPQRTUVWXYZ"
    for (upn,) in tiny_feed.rows(
        "select distinct upn from pupils using sample 2000 (reservoir, 1)"
    ):
        total = sum(int(digit) * weight for weight, digit in enumerate(upn[1:], start=2))
        assert upn[0] == letters[total % 23]
