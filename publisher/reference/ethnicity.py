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


@cache
def codes_of_minor_groups() -> dict[str, tuple[str, frozenset[str]]]:
    """Minor group -> its major group and its main codes; without those who are unknown.

    Major groups in the order of their names, minor groups in the order of theirs within.
    """
    found: dict[str, tuple[str, set[str]]] = {}
    for each in sorted(ethnicities().values(), key=lambda each: (each.major, each.minor)):
        if each.minor != UNKNOWN:
            found.setdefault(each.minor, (each.major, set()))[1].add(each.main_code)
    return {minor: (major, frozenset(codes)) for minor, (major, codes) in found.items()}
