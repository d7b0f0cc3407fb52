from __future__ import annotations

import numpy as np

from publisher.synthetic.upn import as_text, unique_pupil_numbers

LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"


def check_letter(digits: str) -> str:
    """The rule as the guide words it, one digit at a time."""
    return LETTERS[sum(int(d) * w for d, w in zip(digits, range(2, 14), strict=True)) % 23]


def test_numbers_carry_the_right_check_letter():
    rng = np.random.default_rng(5)
    parts = [rng.integers(0, limit, 500) for limit in (1000, 10_000, 100, 1000)]
    for text in as_text(unique_pupil_numbers(*parts)).to_pylist():
        assert len(text) == 13
        assert text[0] == check_letter(text[1:])


def test_a_known_number():
    one = unique_pupil_numbers(*(np.array([n]) for n in (801, 2001, 19, 7)))
    digits = "801200119007"
    assert as_text(one).to_pylist() == [check_letter(digits) + digits]


def test_the_alphabet_has_no_letter_that_looks_like_a_digit():
    rng = np.random.default_rng(6)
    parts = [rng.integers(0, limit, 5000) for limit in (1000, 10_000, 100, 1000)]
    letters = {text[0] for text in as_text(unique_pupil_numbers(*parts)).to_pylist()}
    assert letters == set(LETTERS)
