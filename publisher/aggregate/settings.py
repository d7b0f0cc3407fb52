"""What a run may choose about how marks are counted."""

from __future__ import annotations

import re
from datetime import date
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from publisher.reference.sharing import SharingRule

REFUSE = "refuse"
MERGE = "merge with week 52"
_UNITS = {"MB": 10**6, "GB": 10**9, "TB": 10**12, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
_LEAST_OF_SPARK = 10**9


class EngineSettings(BaseModel):
    """What counts: an engine, where it runs and what it may use."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Literal["duckdb", "spark"] = Field(
        default="duckdb",
        description=(
            "What counts: 'duckdb' inside this program, or 'spark', which needs Java and "
            "`pip install 'publisher[spark]'`. Both give the same figures"
        ),
    )
    spark_master: str = Field(
        default="local",
        pattern=r"^(local(\[([1-9]\d*|\*)\])?|(spark|sc)://[^\s/]\S*)$",
        description=(
            "Where Spark runs: 'local' on this machine with `threads`; local[4] with 4; "
            "spark://host:7077 on a cluster; sc://host:15002 behind a Spark Connect server"
        ),
    )
    spark_store: str = Field(
        default="",
        pattern=r"^([a-z][a-z0-9+.-]*:/\S*)?$",
        description=(
            "Address under which Spark finds what lies in the folder `store`, such as "
            "s3a://bucket/store; blank: in that folder, which all its machines must then see"
        ),
    )
    memory_limit: str = Field(
        default="4GB",
        pattern=r"^[1-9]\d*(MB|GB|TB|MiB|GiB|TiB)$",
        description=(
            "Memory that counting may use on this machine, such as 4GB; beyond it, working data "
            "goes to a temporary folder that is emptied afterwards. Spark needs 1GB or more"
        ),
    )
    threads: int = Field(default=2, ge=1, description="Processor threads that counting may use")
    keep_sums: bool = Field(
        default=True,
        description=(
            "Leave sums in the store, so that the next release counts only what has changed since; "
            "the figures are the same with and without. Spark leaves none"
        ),
    )

    @field_validator("spark_master", "spark_store")
    @classmethod
    def _has_no_secret(cls, value: str) -> str:
        if re.search(r"token=|//[^/@]*:[^/@]*@", value):
            raise ValueError(
                "a secret must not stand in this file: Spark reads it from its own files or "
                "environment (SPARK_CONNECT_AUTHENTICATE_TOKEN)"
            )
        return value

    @model_validator(mode="after")
    def _spark_has_enough_memory(self) -> Self:
        if self.name == "spark" and memory_in_bytes(self.memory_limit) < _LEAST_OF_SPARK:
            raise ValueError("Spark needs a memory_limit of 1GB or more")
        return self


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


def memory_in_bytes(text: str) -> int:
    """Bytes of a size such as 4GB or 512MiB."""
    digits = text.rstrip("MGTiB")
    return int(digits) * _UNITS[text[len(digits) :]]
