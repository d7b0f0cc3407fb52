"""The disclosure policy: how strict each rule is. No rule can be switched off."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Policy(BaseModel):
    """Settings of the rules that keep every child unidentifiable.

    Values that would switch a rule off are refused: at least two schools, pupils and holdings
    must be asked for, and counts must be rounded to 5 or more.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    profile: Literal["cautious"] = Field(
        default="cautious", description="Name of the set of settings, as printed on the method page"
    )
    minimum_schools: int = Field(
        default=3, ge=2, description="A row with fewer contributing schools is withheld"
    )
    dominance_percent: int = Field(
        default=10,
        ge=1,
        le=100,
        description=(
            "All trusts and schools of a row but the two largest must together have at least this "
            "percentage of the possible sessions of the largest, or the row is withheld"
        ),
    )
    minimum_pupils: int = Field(
        default=10,
        ge=2,
        le=20,
        description="A row with fewer pupils is withheld (numbers above 20 are not counted)",
    )
    rounding_base: int = Field(
        default=10, ge=5, description="Counts of sessions and pupils are rounded to this number"
    )
    recovery_range_percent: int = Field(
        default=10,
        ge=1,
        le=100,
        description=(
            "What can be worked out about a withheld row must leave a range wider than this "
            "percentage of its possible sessions"
        ),
    )
    candidate_values: int = Field(
        default=5,
        ge=2,
        description="What can be worked out about a withheld number of pupils leaves this many",
    )
    maximum_rounds: int = Field(
        default=10,
        ge=1,
        description="Rounds of further withholding before the release is blocked",
    )
