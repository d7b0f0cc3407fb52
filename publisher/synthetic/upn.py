"""Unique pupil numbers: a check letter, the authority, the school, the year and a serial number."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from publisher.synthetic.arrays import Ints, Letters

LENGTH = 13
_CHECK_LETTERS = np.frombuffer(b"ABCDEFGHJKLMNPQRTUVWXYZ", dtype=np.uint8)
_WEIGHTS = np.arange(2, LENGTH + 1)
_ZERO = ord("0")


def unique_pupil_numbers(authority: Ints, school: Ints, year: Ints, serial: Ints) -> Letters:
    """Numbers that pass the official check, as rows of 13 letters.

    The twelve digits are three of the authority, four of the school, two of the year of entry
    and three of the serial number; the check letter is the sum of the digits times their
    position (2 to 13), modulo 23, in an alphabet without I, O and S (DfE, UPN guide).

    Args:
        authority: three-digit code of the authority.
        school: four-digit establishment number.
        year: last two digits of the calendar year.
        serial: 0 to 999, distinct within the other three.
    """
    digits = np.concatenate(
        [_digits(authority, 3), _digits(school, 4), _digits(year, 2), _digits(serial, 3)], axis=1
    )
    letters = np.empty((len(digits), LENGTH), dtype=np.uint8)
    letters[:, 0] = _CHECK_LETTERS[(digits @ _WEIGHTS) % len(_CHECK_LETTERS)]
    letters[:, 1:] = digits + _ZERO
    return letters


def as_text(letters: Letters) -> pa.Array:
    """Rows of letters -> an Arrow array of text, without a Python loop."""
    offsets = np.arange(len(letters) + 1, dtype=np.int32) * letters.shape[1]
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(letters))]
    return pa.Array.from_buffers(pa.string(), len(letters), buffers)


def _digits(numbers: Ints, width: int) -> Ints:
    powers = 10 ** np.arange(width - 1, -1, -1)
    return np.asarray(numbers[:, None] // powers % 10)
