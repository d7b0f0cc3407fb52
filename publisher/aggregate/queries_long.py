"""From sums of enrolments to who missed much in long periods: terms, and the year to date.

Terms are compared side by side in one whole number, as they are summed. Every function returns one
step.
"""

from __future__ import annotations

from collections.abc import Sequence

from publisher.aggregate.engine import Step, StepKind
from publisher.aggregate.gathered import gathered
from publisher.aggregate.groups import NumberedGroup, summed_together
from publisher.aggregate.queries_enrolments import ALL_PUPILS
from publisher.aggregate.spans import LONGS, SPAN_BITS
from publisher.model.definitions import AbsenteeMeasure
from publisher.model.time import TERMS

_TERM_BITS = 2 * SPAN_BITS
"""A term's lane: its span that wide areas leave out, and the other one in the upper half."""
_LOW_HALVES = sum((1 << SPAN_BITS) - 1 << _TERM_BITS * term for term in range(len(TERMS)))
_ONES = sum(1 << _TERM_BITS * term for term in range(len(TERMS)))
_SIGNS = _ONES << _TERM_BITS - 1
"""The highest bit of each lane: a hundred times the sessions of a term do not reach it."""


def long_enrolments(measures: Sequence[AbsenteeMeasure]) -> Step:
    """`kind`: bits that say in which long periods an enrolment has a session, and missed much.

    Compared as integers: missing exactly the percentage counts (method, section 5). Short periods
    are left out: nobody is persistently absent in a week.
    """
    terms = ",\n        ".join(
        f"{sql} AS {name}{reach}"
        for name in ("possible", "missed")
        for reach, sql in enumerate(_of_terms(f"sums.{name}"))
    )
    years = ",\n        ".join(
        f"{_of_year(f'{name}{reach}')} AS {name}_of_year{reach}"
        for name in ("possible", "missed")
        for reach in range(2)
    )
    kind = "\n        + ".join((*_bits_of_terms(measures), *_bits_of_years(measures)))
    return Step(
        "long_enrolments",
        "Enrolments with a possible session in the year to date or a term, and who missed much",
        f"""WITH terms AS (
    SELECT sums.urn, sums.pupil,
        {terms}
    FROM enrolment_spans AS sums
), years AS (
    SELECT *,
        {years}
    FROM terms
), kinds AS (
    SELECT urn, pupil,
        {kind} AS kind
    FROM years
)
SELECT schools.area, enrolments.profile, kinds.kind
FROM kinds
JOIN part_enrolments AS enrolments
    ON enrolments.urn = kinds.urn AND enrolments.pupil = kinds.pupil
JOIN published_schools AS schools ON schools.urn = kinds.urn""",
    )


def _of_terms(sums: str) -> tuple[str, str]:
    """The sums of every term, in lanes: of all spans, and of those that wide areas keep."""
    kept = f"(({sums} >> {SPAN_BITS}) & {_LOW_HALVES})"
    return f"({sums} & {_LOW_HALVES}) + {kept}", kept


def _of_year(terms: str) -> str:
    lanes = (
        f"(({terms} >> {_TERM_BITS * term}) & {(1 << _TERM_BITS) - 1})"
        for term in range(len(TERMS))
    )
    return f"({' + '.join(lanes)})"


def _bits_of_terms(measures: Sequence[AbsenteeMeasure]) -> list[str]:
    """A difference of two lanes leaves its sign bit where it is not below zero."""
    found = []
    for reach in range(2):
        possible, missed = f"possible{reach}", f"missed{reach}"
        signs = [f"({possible} + {_SIGNS - _ONES})"]
        signs += [
            f"(({possible} + {_SIGNS - (each.more_than_possible + 1) * _ONES}) "
            f"& (100 * {missed} + {_SIGNS} - {each.percent_missed} * {possible}))"
            for each in measures
        ]
        found += [
            f"(({sign} & {_SIGNS}) >> {_TERM_BITS - 1 - _bit(reach, place, measures)})"
            for place, sign in enumerate(signs)
        ]
    return found


def _bits_of_years(measures: Sequence[AbsenteeMeasure]) -> list[str]:
    found = []
    for reach in range(2):
        possible, missed = f"possible_of_year{reach}", f"missed_of_year{reach}"
        conditions = [f"{possible} > 0"]
        conditions += [
            f"{possible} > {each.more_than_possible} "
            f"AND 100 * {missed} >= {each.percent_missed} * {possible}"
            for each in measures
        ]
        found += [
            f"CASE WHEN {condition} THEN {1 << _bit(2 * len(TERMS) + reach, place, measures)} "
            "ELSE 0 END"
            for place, condition in enumerate(conditions)
        ]
    return found


def _bit(long: int, place: int, measures: Sequence[AbsenteeMeasure]) -> int:
    """Where a kind has the bit of a long period: `place` 0 for a session, then the measures.

    Raises:
        ValueError: there are more measures than bits.
    """
    names = 1 + len(measures)
    if 4 * names > _TERM_BITS:
        raise ValueError(f"{len(measures)} measures of who missed much do not fit into a number")
    term, reach = divmod(long, 2)
    if term < len(TERMS):
        return _TERM_BITS * term + names * reach + place
    return names * (2 + reach) + place


def long_kinds(groups: Sequence[NumberedGroup]) -> Step:
    """What an enrolment missed is a share of its own possible sessions, whatever its group.

    Leaves of groups with few of them are told apart afterwards.
    """
    together = summed_together(groups)
    profile = f"profile & {sum(each.mask for each in together)}"
    few = [
        f"SELECT area, {leaf} AS leaf, kind, CAST(SUM(enrolments) AS BIGINT) AS enrolments\n"
        f"FROM profiles\nGROUP BY area, kind, {leaf}"
        for leaf in (f"CAST({ALL_PUPILS} AS SMALLINT)", *(each.leaf() for each in together))
    ]
    alone = [
        f"SELECT area, {each.leaf()} AS leaf, kind, COUNT(*) AS enrolments\n"
        f"FROM long_enrolments\nGROUP BY area, kind, {each.leaf()}"
        for each in groups
        if each not in together
    ]
    return gathered(
        "long_kinds",
        "Enrolments by how much they missed when, by authority, phase and group of pupils",
        f"""WITH profiles AS (
    SELECT area, {profile} AS profile, kind, COUNT(*) AS enrolments
    FROM long_enrolments
    GROUP BY area, {profile}, kind
)
"""
        + "\nUNION ALL\n".join((*few, *alone)),
        keys=("area", "leaf", "kind"),
        sums=("enrolments",),
        kind=StepKind.FILED,
    )


def long_counts(measures: Sequence[AbsenteeMeasure]) -> Step:
    """A row for each long period in which an enrolment has a session."""
    names = ["enrolments", *(f'"{each.name}"' for each in measures)]
    return Step(
        "long_counts",
        "Enrolments by how much they missed, by authority, phase and group of pupils",
        "\nUNION ALL\n".join(
            f"SELECT area, {long} AS long, leaf, "
            + ", ".join(
                f"CAST(SUM(enrolments * ((kind >> {_bit(long, place, measures)}) & 1)) AS BIGINT) "
                f"AS {name}"
                for place, name in enumerate(names)
            )
            + f"\nFROM long_kinds\nWHERE (kind >> {_bit(long, 0, measures)}) & 1 = 1\n"
            + "GROUP BY area, leaf"
            for long in range(LONGS)
        ),
    )
