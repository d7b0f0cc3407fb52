"""Tests that share a costly country or engine run in one process, or each would make its own."""

from __future__ import annotations

import pytest


@pytest.mark.xdist_group("together")
def test_tests_of_one_group_stay_together(request: pytest.FixtureRequest) -> None:
    """A pytest and a pytest-xdist that do not fit lose the group without a word."""
    if not request.config.getoption("loadgroup", default=False):
        pytest.skip("tests are not shared out by group")
    assert request.node.nodeid.endswith("@together")
