"""What is odd about register codes: unknown ones, and known ones out of their time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from publisher.feed.chunks import Encoded, Flags, Int32, day_number
from publisher.feed.values import mark, text
from publisher.reference.codes import UNKNOWN_CODE, RegisterCode, register_codes

_LONGEST_TEXT_SHOWN = 2

Numbers = npt.NDArray[np.uint8]
"""Numbers of register codes."""


@dataclass(frozen=True)
class CodesKept:
    """Oddities among the marks that were kept."""

    unknown: int
    out_of_date: Mapping[str, int]
    """Register code -> marks on days when schools were not to use it."""

    def __add__(self, other: CodesKept) -> CodesKept:
        """The oddities of two sets of marks together."""
        out_of_date = Counter(self.out_of_date) + Counter(other.out_of_date)
        ordered = {code.code: out_of_date[code.code] for code in register_codes()}
        return CodesKept(
            self.unknown + other.unknown,
            {code: count for code, count in ordered.items() if count},
        )

    @classmethod
    def among(cls, am: Numbers, pm: Numbers, days: Int32) -> CodesKept:
        """Count unknown codes and codes out of their time; days count from 1 January 1970."""
        unknown = sum(int(np.count_nonzero(half == UNKNOWN_CODE)) for half in (am, pm))
        counts = {
            code.code: sum(_out_of_date(code, half, days) for half in (am, pm))
            for code in register_codes()
        }
        return cls(unknown, {code: count for code, count in counts.items() if count})


def unknown_texts(column: Encoded, rows: Flags) -> set[str]:
    """What unknown codes look like in `rows`; longer text could be anything and is not shown."""
    shown = np.array(
        [
            mark(value) == UNKNOWN_CODE and len(text(value)) <= _LONGEST_TEXT_SHOWN
            for value in column.values
        ]
    )
    if not shown.any():
        return set()
    found = np.unique(column.codes[rows & shown[column.codes]])
    return {text(column.values[code]) for code in found}


def _out_of_date(code: RegisterCode, half: Numbers, days: Int32) -> int:
    on = days[half == code.number]
    late = np.zeros(len(on), np.bool_) if code.valid_to is None else on > day_number(code.valid_to)
    return int(np.count_nonzero((on < day_number(code.valid_from)) | late))
