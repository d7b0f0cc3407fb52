"""The summary puts what needs a reader first and loses nothing."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from publisher.checks.summary import summarise
from publisher.model.stages import CheckResult, Outcome, Severity

results = st.lists(
    st.builds(
        CheckResult,
        name=st.sampled_from(["general_null", "data_dict_col_name", "ind_blank"]),
        data_set=st.sampled_from(["one", "two"]),
        severity=st.sampled_from(Severity),
        outcome=st.sampled_from(Outcome),
        words=st.text(max_size=5),
        rows_checked=st.integers(0, 9),
        rows_failing=st.integers(0, 9),
    )
)


@given(results)
def test_every_result_is_in_exactly_one_list(found: list[CheckResult]) -> None:
    summary = summarise(found)
    lines = [
        *summary["could_not_run"],
        *(line for each in summary["failed"].values() for line in each),
        *(line for each in summary["passed"].values() for line in each),
    ]
    assert len(lines) == len(found) == sum(summary["totals"].values())
    assert summary["blocked"] == (not found or any(each.blocks for each in found))
    assert all(line["outcome"] == "could not run" for line in summary["could_not_run"])
    assert json.loads(json.dumps(summary)) == summary


def test_the_verdict_says_what_to_do() -> None:
    good = CheckResult("a", "one", Severity.CRITICAL, Outcome.PASSED, "")
    warning = CheckResult("b", "one", Severity.WARNING, Outcome.FAILED, "")
    bad = CheckResult("c", "one", Severity.CRITICAL, Outcome.COULD_NOT_RUN, "")
    assert summarise([])["verdict"] == "No check was run."
    assert summarise([good])["verdict"] == "All 1 checks passed."
    assert "1 check ended with a warning" in summarise([good, warning])["verdict"]
    assert summarise([good, warning, bad])["verdict"] == "1 of 3 checks stop this release."


def test_no_check_at_all_is_not_a_success() -> None:
    assert summarise([])["blocked"]
