from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.feed import values
from publisher.reference.codes import NO_MARK, UNKNOWN_CODE, register_codes


@pytest.mark.parametrize("written", ["true", "TRUE", "1", "Y", "y", "T", "t", True, 1, 1.0, " y "])
def test_yes(written: object) -> None:
    assert values.yes_no(written) is True


@pytest.mark.parametrize("written", ["false", "False", "0", "N", "n", "F", "f", False, 0, 0.0])
def test_no(written: object) -> None:
    assert values.yes_no(written) is False


@pytest.mark.parametrize("written", ["", "  ", None, float("nan")])
def test_blank_is_nothing(written: object) -> None:
    assert values.yes_no(written) is None
    assert values.day(written) is None
    assert values.urn(written) is None
    assert values.ethnicity(written) is None
    assert values.authority(written) is None
    assert values.mark(written) == NO_MARK
    assert values.text(written) == ""


@pytest.mark.parametrize(
    ("convert", "written"),
    [
        (values.yes_no, "maybe"),
        (values.yes_no, 2),
        (values.day, "03/11/2025"),
        (values.day, "2025-02-30"),
        (values.day, "20251103"),
        (values.day, "2025-11-03T09:00"),
        (values.day, datetime(2025, 11, 3, 9, tzinfo=UTC)),
        (values.urn, "0"),
        (values.urn, "-5"),
        (values.urn, "10000l"),
        (values.urn, "1000000001"),
        (values.urn, "١٠٠٠٠١"),
        (values.urn, 100001.5),
        (values.ethnicity, "wbri"),
        (values.ethnicity, "QQQQ"),
        (values.authority, "999"),
        (values.authority, "20"),
    ],
)
def test_what_is_not_understood_is_refused(convert: values.Convert, written: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  (the words are for nobody)
        convert(written)


@pytest.mark.parametrize(
    "written",
    ["2025-11-03", " 2025-11-03 ", "2025-11-03T00:00:00", "2025-11-03 00:00", date(2025, 11, 3)],
)
def test_ways_of_writing_a_day(written: object) -> None:
    assert values.day(written) == date(2025, 11, 3)


def test_midnight_is_a_day() -> None:
    assert values.day(datetime(2025, 11, 3)) == date(2025, 11, 3)


@pytest.mark.parametrize("written", ["100001", 100001, 100001.0, " 100001 "])
def test_ways_of_writing_a_school(written: object) -> None:
    assert values.urn(written) == 100001


@pytest.mark.parametrize(
    ("written", "expected"),
    [("m", "Male"), ("MALE", "Male"), ("F", "Female"), ("female", "Female"), ("x", "Unknown"),
     ("", "Unknown"), (None, "Unknown")],
)  # fmt: skip
def test_sex(written: object, expected: str) -> None:
    assert values.sex(written) == expected


def test_extended_ethnicity_is_its_main_code() -> None:
    assert values.ethnicity("WCOR") == "WBRI"
    assert values.ethnicity("REFU") == "REFU"


def test_every_register_code_is_known_and_case_matters() -> None:
    for code in register_codes():
        assert values.mark(f" {code.code} ") == code.number
    assert values.mark("l") == UNKNOWN_CODE
    assert values.mark("Z9") == UNKNOWN_CODE
    assert values.mark(1) == UNKNOWN_CODE


def test_numbers_keep_no_decimal_point() -> None:
    assert values.text(7.0) == "7"
    assert values.text(7) == "7"


@given(born=st.dates(date(1990, 1, 1), date(2023, 12, 31)), year=st.integers(2024, 2030))
def test_cohort_gives_the_age_on_31_august(born: date, year: int) -> None:
    birthdays = sum(
        1
        for passed in range(born.year + 1, year + 1)
        if (passed, born.month, born.day) <= (year, 8, 31)
    )
    assert year - values.cohort(born) == birthdays


@given(born=st.dates(date(2000, 1, 1), date(2024, 1, 1)))
def test_age_changes_on_the_birthday(born: date) -> None:
    assert values.age(born, born) == 0
    assert values.age(born, born - timedelta(days=1)) == -1
    later = date(born.year + 2, 3, 1) if (born.month, born.day) == (2, 29) else None
    second = later or born.replace(year=born.year + 2)
    assert values.age(born, second) == 2
    assert values.age(born, second - timedelta(days=1)) == 1
