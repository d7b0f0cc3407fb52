"""Ethnicity codes of the school census (Common basic data set) and their published groups."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from publisher.reference.facts import read_facts

UNKNOWN = "Unknown"


@dataclass(frozen=True)
class Ethnicity:
    """A main code and the groups that it is published in."""

    main_code: str
    major: str
    minor: str


@cache
def ethnicities() -> dict[str, Ethnicity]:
    """Main or extended code -> ethnicity."""
    return {
        row["code"]: Ethnicity(row["main_code"], row["ethnicity_major"], row["ethnicity_minor"])
        for row in read_facts("ethnicity_codes")
    }
