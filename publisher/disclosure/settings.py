"""The disclosure policy: a named set of settings that say how strict each rule is.

Every profile has complementary withholding, the ledger and the gate; there is no off switch.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, Final, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

ProfileName = Literal["cautious", "published-standard"]
CAUTIOUS: Final = "cautious"
PUBLISHED_STANDARD: Final = "published-standard"

PROFILES = MappingProxyType(
    {
        CAUTIOUS: MappingProxyType(
            {
                "minimum_schools": 3,
                "minimum_trusts": 2,
                "dominance_percent": 10,
                "minimum_pupils": 10,
                "rounding_base": 10,
            }
        ),
        PUBLISHED_STANDARD: MappingProxyType(
            {
                "minimum_schools": 2,
                "minimum_trusts": 1,
                "dominance_percent": 0,
                "minimum_pupils": 0,
                "rounding_base": 1,
            }
        ),
    }
)
"""What each profile sets, where the file says nothing."""
_LEAST = MappingProxyType(
    {
        CAUTIOUS: MappingProxyType(
            {
                "minimum_schools": 2,
                "minimum_trusts": 2,
                "dominance_percent": 1,
                "minimum_pupils": 2,
                "rounding_base": 5,
            }
        ),
        PUBLISHED_STANDARD: PROFILES[PUBLISHED_STANDARD],
    }
)
"""What a file may set at the least without switching a rule of the profile off."""


class Policy(BaseModel):
    """Settings of the rules that keep every child unidentifiable.

    A profile sets what is not set here; values that would switch off one of its rules are refused.
    Under `cautious` at least two schools, trusts and pupils must be asked for, and counts must be
    rounded to 5 or more. `published-standard` has one rule of its own, at least two schools, and
    exact counts; every setting may be stricter.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    profile: ProfileName = Field(
        default=CAUTIOUS,
        description=(
            "Name of the set of settings, as printed on the method page: 'cautious', or "
            "'published-standard' for the rule of the existing series (a row of one school is "
            "withheld, nothing is rounded). It sets the five settings below where they are left "
            "out; the defaults shown are those of 'cautious', those of 'published-standard' are "
            "2, 1, 0, 0 and 1"
        ),
    )
    minimum_schools: int = Field(
        default=3, ge=2, description="A row with fewer contributing schools is withheld"
    )
    minimum_trusts: int = Field(
        default=2,
        ge=1,
        le=2,
        description=(
            "2: a row is withheld when all its schools belong to one trust; 1, where the profile "
            "allows it: it is not"
        ),
    )
    dominance_percent: int = Field(
        default=10,
        ge=0,
        le=100,
        description=(
            "All trusts and schools of a row but the two largest must together have at least this "
            "percentage of the possible sessions of the largest, or the row is withheld; 0, where "
            "the profile allows it: not asked for"
        ),
    )
    minimum_pupils: int = Field(
        default=10,
        ge=0,
        le=20,
        description=(
            "A row with fewer pupils is withheld (numbers above 20 are not counted); 0, where the "
            "profile allows it: no row is withheld for that"
        ),
    )
    rounding_base: int = Field(
        default=10,
        ge=1,
        description=(
            "Counts of sessions and pupils are rounded to this number; 1, where the profile "
            "allows it: not rounded"
        ),
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

    @model_validator(mode="before")
    @classmethod
    def _what_the_profile_sets(cls, given: Any) -> Any:  # noqa: ANN401  (whatever the file holds)
        if not isinstance(given, dict):
            return given
        profile = given.get("profile", CAUTIOUS)
        return {**PROFILES[profile], **given} if profile in PROFILES else given

    @field_validator(*_LEAST[CAUTIOUS])
    @classmethod
    def _keeps_every_rule(cls, value: int, info: ValidationInfo) -> int:
        profile = info.data.get("profile")
        least = 0 if profile is None else _LEAST[profile][str(info.field_name)]
        if value < least:
            raise ValueError(f"the profile '{profile}' asks for {least} or more")
        return value

    @property
    def judges_groups(self) -> bool:
        """Whether groups of pupils are judged by themselves, and not with their row only."""
        return self.profile == CAUTIOUS

    def of_profile(self, profile: ProfileName) -> Policy:
        """This policy where it is of that profile, or else the profile with its own settings."""
        return self if profile == self.profile else Policy(profile=profile)
