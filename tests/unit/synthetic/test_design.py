from __future__ import annotations

from datetime import date

import pytest

from publisher.errors import UsageProblem
from publisher.synthetic.design import FeedDesign
from publisher.synthetic.generate import generate_feed


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"scale": 0.0}, "scale"),
        ({"scale": -0.1}, "scale"),
        ({"scale": 1.01}, "scale"),
        ({"scale": float("nan")}, "scale"),
        ({"seed": -1}, "seed"),
        ({"batches": 0}, "batches"),
        ({"first_day": date(2025, 11, 8)}, "before"),
        ({"first_day": date(2012, 9, 10), "last_day": date(2012, 10, 1)}, "academic year"),
        ({"last_day": date(2026, 9, 4)}, "two academic years"),
    ],
)
def test_an_impossible_design_is_refused_and_says_what_to_do(tmp_path, change, word):
    with pytest.raises(UsageProblem, match=word) as problem:
        FeedDesign(out=tmp_path / "feed", **change)
    assert problem.value.advice


def test_days_without_school_are_refused(tmp_path):
    design = FeedDesign(tmp_path / "feed", first_day=date(2026, 8, 3), last_day=date(2026, 8, 7))
    with pytest.raises(UsageProblem, match="No school is open"):
        generate_feed(design)
    assert list(tmp_path.iterdir()) == []


def test_a_weekend_is_refused(tmp_path):
    design = FeedDesign(tmp_path / "feed", first_day=date(2025, 9, 13), last_day=date(2025, 9, 14))
    with pytest.raises(UsageProblem, match="No school is open"):
        generate_feed(design)


def test_more_batches_than_weekdays_are_refused(tmp_path):
    design = FeedDesign(
        tmp_path / "feed", first_day=date(2025, 9, 8), last_day=date(2025, 9, 12), batches=6
    )
    with pytest.raises(UsageProblem, match="6 batches"):
        generate_feed(design)


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "letter.txt").write_text("precious")
    with pytest.raises(UsageProblem, match="not a feed"):
        generate_feed(FeedDesign(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_file_is_left_alone(tmp_path):
    target = tmp_path / "feed"
    target.write_text("precious")
    with pytest.raises(UsageProblem, match="is a file"):
        generate_feed(FeedDesign(target))
    assert target.read_text() == "precious"
