"""Rules by which a row is withheld for its own sake (policy, points 1 and 2).

To add a rule, add a frozen class with the members of `Rule` and name it in `primary_rules`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from publisher.disclosure.settings import Policy
from publisher.errors import DisclosureBlocked

Flags = NDArray[np.bool_]

_ONE_TRUST = 1


class Rule(Protocol):
    """Decides from evidence alone which rows are withheld; knows no other row."""

    name: ClassVar[str]
    evidence: ClassVar[tuple[str, ...]]

    @property
    def words(self) -> str:
        """The rule in one sentence, for the method page."""
        ...

    def withheld(self, evidence: pd.DataFrame) -> Flags:
        """One flag per row of `evidence`, which has the columns the rule asks for."""
        ...


@dataclass(frozen=True)
class FewSchools:
    """Too few distinct schools contribute."""

    name: ClassVar[str] = "few schools"
    evidence: ClassVar[tuple[str, ...]] = ("schools",)
    minimum: int

    @property
    def words(self) -> str:
        """The rule in one sentence."""
        return (
            f"A row is withheld when fewer than {self.minimum} different schools contribute to it."
        )

    def withheld(self, evidence: pd.DataFrame) -> Flags:
        """Rows with fewer schools than `minimum`."""
        return _integers(evidence, "schools") < self.minimum


@dataclass(frozen=True)
class OneTrust:
    """All schools of the row belong to one trust."""

    name: ClassVar[str] = "one trust"
    evidence: ClassVar[tuple[str, ...]] = ("holdings",)

    @property
    def words(self) -> str:
        """The rule in one sentence."""
        return "A row is withheld when all its schools belong to one trust."

    def withheld(self, evidence: pd.DataFrame) -> Flags:
        """Rows with fewer than two holdings."""
        return _integers(evidence, "holdings") <= _ONE_TRUST


@dataclass(frozen=True)
class Dominance:
    """The p% rule: the second largest holding could estimate the largest too closely.

    Source: Hundepool et al., Statistical Disclosure Control (2012), section 4.2.
    """

    name: ClassVar[str] = "dominance"
    evidence: ClassVar[tuple[str, ...]] = (
        "possible_sessions",
        "largest_holding",
        "second_holding",
    )
    percent: int

    @property
    def words(self) -> str:
        """The rule in one sentence."""
        return (
            "A row is withheld when all its trusts and schools but the two largest together have "
            f"less than {self.percent}% of the possible sessions of the largest."
        )

    def withheld(self, evidence: pd.DataFrame) -> Flags:
        """Rows where total - largest - second is below `percent` % of the largest."""
        largest = _integers(evidence, "largest_holding")
        others = _integers(evidence, "possible_sessions") - largest
        others -= _integers(evidence, "second_holding")
        return 100 * others < self.percent * largest


@dataclass(frozen=True)
class FewPupils:
    """Too few distinct pupils stand behind the row."""

    name: ClassVar[str] = "few pupils"
    evidence: ClassVar[tuple[str, ...]] = ("pupils",)
    minimum: int

    @property
    def words(self) -> str:
        """The rule in one sentence."""
        return f"A row is withheld when it counts fewer than {self.minimum} pupils."

    def withheld(self, evidence: pd.DataFrame) -> Flags:
        """Rows with fewer pupils than `minimum`."""
        return _integers(evidence, "pupils") < self.minimum


def primary_rules(policy: Policy) -> tuple[Rule, ...]:
    """The rules of `policy`, in the order in which the method page explains them.

    Only a profile decides which rules there are; there is always the first one.
    """
    rules: tuple[Rule, ...] = (FewSchools(policy.minimum_schools),)
    if policy.minimum_trusts > _ONE_TRUST:
        rules += (OneTrust(),)
    if policy.dominance_percent:
        rules += (Dominance(policy.dominance_percent),)
    if policy.minimum_pupils:
        rules += (FewPupils(policy.minimum_pupils),)
    return rules


def group_rules(policy: Policy) -> tuple[Rule, ...]:
    """The rules by which a group of pupils is withheld inside a row that is shown.

    None where the profile judges whole rows only: the groups of a withheld row are withheld.
    """
    return primary_rules(policy) if policy.judges_groups else ()


def withheld_by_rules(evidence: pd.DataFrame, rules: Sequence[Rule]) -> Flags:
    """Flag the rows of `evidence` that any of `rules` withholds.

    Raises:
        DisclosureBlocked: there is no rule, or a rule asks for evidence that was not computed.
    """
    if not rules:
        raise DisclosureBlocked(
            "the list of disclosure rules is empty", "Disclosure control cannot be switched off."
        )
    flags = np.zeros(len(evidence), dtype=bool)
    for rule in rules:
        _require(rule, evidence)
        flags |= rule.withheld(evidence)
    return flags


def _require(rule: Rule, evidence: pd.DataFrame) -> None:
    missing = [column for column in rule.evidence if column not in evidence.columns]
    if missing:
        raise DisclosureBlocked(
            f"the rule '{rule.name}' needs evidence that was not computed: {', '.join(missing)}",
            "Compute it in publisher/aggregate or correct the rule.",
        )


def _integers(evidence: pd.DataFrame, column: str) -> NDArray[np.int64]:
    """A fresh integer copy of a column.

    Raises:
        DisclosureBlocked: a value is missing, so that the rule cannot be applied.
    """
    if evidence[column].isna().any():
        raise DisclosureBlocked(
            f"the evidence column '{column}' has rows without a value",
            "Every row needs evidence; nothing is published without it.",
        )
    return evidence[column].to_numpy(dtype=np.int64, copy=True)
