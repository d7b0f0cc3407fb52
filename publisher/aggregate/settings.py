"""What a run may choose about how marks are counted."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from publisher.reference.sharing import SharingRule

REFUSE = "refuse"
MERGE = "merge with week 52"


class EngineSettings(BaseModel):
    """The machine that counts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    memory_limit: str = Field(
        default="4GB",
        pattern=r"^[1-9]\d*(MB|GB|TB|MiB|GiB|TiB)$",
        description=(
            "Memory that counting may use, such as 4GB; beyond it, working data goes to a "
            "temporary folder that is emptied afterwards"
        ),
    )
    threads: int = Field(default=2, ge=1, description="Processor threads that counting may use")


class MethodSettings(BaseModel):
    """Choices of the method that a run may make (method, sections 6 and 7)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    minimum_open_authorities_percent: int = Field(
        default=50,
        ge=0,
        le=100,
        description=(
            "National and regional figures leave out a week in which fewer than this percentage "
            "of the authorities that share data have an open school"
        ),
    )
    strike_days: tuple[date, ...] = Field(
        default=(),
        description=(
            "Days of national strike action; they get no daily rows and stay in weeks and the "
            "year to date"
        ),
    )
    approvals: Literal["always binding", "as regulated"] = Field(
        default="always binding",
        description=(
            "'always binding': outside a school's approval nothing is read or counted. 'as "
            "regulated': so while sharing was voluntary; from 19 August 2024, when it became "
            "mandatory, a missing approval is reported and the school is counted"
        ),
    )
    withdrawals: Literal["honoured", "reported"] = Field(
        default="honoured",
        description=(
            "What an approval that ends while sharing is mandatory means when approvals are 'as "
            "regulated': 'honoured' counts the school no longer, 'reported' goes on counting it"
        ),
    )
    week_53: Literal["refuse", "merge with week 52"] = Field(
        default="refuse",
        description=(
            "The platform knows no week 53. 'refuse' stops a release whose weeks contain one; "
            "'merge with week 52' counts its days in the year to date and gives it no rows of "
            "its own"
        ),
    )

    @property
    def sharing(self) -> SharingRule:
        """What an approval means."""
        return SharingRule(
            always_binding=self.approvals == "always binding",
            withdrawals_honoured=self.withdrawals == "honoured",
        )
