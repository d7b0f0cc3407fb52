"""Half away from zero, the rounding of official statistics (method, section 10).

Source: `dfeR::round_five_up`. Binary fractions sit a hair beside the decimal that they stand for
(4.85 is stored as 4.8499999…); a hair is added so that halves go away from zero as on paper.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from publisher.errors import CheckFailed

HAIR = 1e-9
"""Above the error of a stored decimal times 1,000; below the step of a percentage whose whole is
2.5 thousand million sessions, more than England has in a year."""
_LARGEST = 2**53
"""Whole numbers beyond this are no longer exact in a 64-bit float."""


def in_units(values: npt.NDArray[np.float64], decimals: int) -> npt.NDArray[np.int64]:
    """`values` as whole numbers of units of `10 ** -decimals`: 4.755 -> 476 for 2 decimals.

    Raises:
        CheckFailed: a value is not finite or too large to be exact.
    """
    magnitude = np.abs(values) * 10**decimals
    if not bool(np.all(magnitude < _LARGEST)):
        raise CheckFailed(
            "a figure is missing, infinite or too large to be written exactly",
            "Look at the stage that made it; nothing was published.",
        )
    units: npt.NDArray[np.int64] = np.floor(magnitude + 0.5 + HAIR).astype(np.int64)
    return units * np.where(values < 0, -1, 1)


def rounded(values: npt.NDArray[np.float64], decimals: int) -> npt.NDArray[np.float64]:
    """`values` to so many decimals, half away from zero, as the nearest floats.

    Raises:
        CheckFailed: as `in_units`.
    """
    return in_units(values, decimals) / float(10**decimals)


def in_words(value: float, decimals: int) -> str:
    """One figure as people read it: `1,234`, `4.8`.

    Raises:
        CheckFailed: as `in_units`.
    """
    return f"{rounded(np.array([value]), decimals)[0]:,.{decimals}f}"
