"""The array types that the generator passes around; one element per school, enrolment or day."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Ints32 = NDArray[np.int32]
Small = NDArray[np.int8]
Dates = NDArray[np.datetime64]
Letters = NDArray[np.uint8]
"""Bytes of text, or code numbers of the register (see `codes`)."""

ONE_DAY = np.timedelta64(1, "D")
NO_DATE = np.datetime64("NaT", "D")
