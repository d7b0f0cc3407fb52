"""Several columns as one: the same whether combinations are counted or sorted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publisher.attack import tables
from publisher.attack.tables import Column, joined

WORDS = ("", "a", "b", "c|d")


@st.composite
def columns(draw: st.DrawFn) -> list[Column]:
    rows = draw(st.integers(0, 12))
    codes = st.lists(st.integers(0, len(WORDS) - 1), min_size=rows, max_size=rows)
    many = draw(st.integers(1, 4))
    return [Column(WORDS, np.array(draw(codes), np.int32)) for _ in range(many)]


@pytest.mark.parametrize("most", [0, 1 << 22])
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(columns())
def test_joined_columns_say_what_each_says(
    monkeypatch: pytest.MonkeyPatch, most: int, parts: list[Column]
) -> None:
    monkeypatch.setattr(tables, "_MOST_COUNTED", most)
    whole = joined(parts, "/")
    said = ["/".join(each.words[each.codes[n]] for each in parts) for n in range(len(whole.codes))]
    assert [whole.words[code] for code in whole.codes] == said
    assert set(whole.words) == set(said)
