"""From the register of schools' wording to the published phase (method, section 1)."""

from __future__ import annotations

from functools import cache

from publisher.reference.facts import read_facts

NOT_PUBLISHED = ""
_BY_PHASE = "by phase"


class UnknownWording(KeyError):
    """The register used a word that is not in the packaged table; never guessed."""


@cache
def _types() -> dict[str, str]:
    rows = read_facts("establishment_types")
    return {row["type_of_establishment"]: row["education_phase"] for row in rows}


@cache
def _phases() -> dict[str, str]:
    rows = read_facts("establishment_phases")
    return {row["phase_of_education"]: row["education_phase"] for row in rows}


def published_phase(type_of_establishment: str, phase_of_education: str) -> str:
    """Primary, Secondary, Special, or `NOT_PUBLISHED` for what is collected and not published.

    The type decides for special schools, nurseries, pupil referral units and alternative
    provision; the phase decides for mainstream schools.

    Raises:
        UnknownWording: the type or the phase is not a word of the register.
    """
    if type_of_establishment not in _types():
        raise UnknownWording(type_of_establishment)
    if phase_of_education not in _phases():
        raise UnknownWording(phase_of_education)
    by_type = _types()[type_of_establishment]
    return _phases()[phase_of_education] if by_type == _BY_PHASE else by_type
