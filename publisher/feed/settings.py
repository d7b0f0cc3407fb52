"""Settings of the intake."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

ROWS_IN_MEMORY = 32_000_000


class SupplierSettings(BaseModel):
    """How a supplier is asked over HTTP."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    records_per_page: int = Field(
        default=500, ge=1, description="How many records a page is asked to hold."
    )
    attempts: int = Field(
        default=6,
        ge=1,
        description="How often a page is asked for before the pull is given up.",
    )
    first_wait_seconds: float = Field(
        default=1.0,
        ge=0,
        description="Wait before the second attempt; every further wait is twice as long.",
    )
    longest_wait_seconds: float = Field(
        default=120.0,
        ge=0,
        description="Longest wait between attempts; a supplier that asks for more ends the pull.",
    )
    timeout_seconds: float = Field(
        default=60.0, gt=0, description="How long an answer may keep silent."
    )


class FeedSettings(BaseModel):
    """How forgiving the intake is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    unknown_code_percent: int = Field(
        default=20,
        ge=0,
        le=100,
        description=(
            "Highest share of unknown codes, in percent, among a school's marks in a batch. "
            "Above it, all marks of the school in that batch are refused."
        ),
    )
    rows_at_a_time: int = Field(
        default=1_000_000,
        ge=1,
        description="How many rows of a Parquet file are read at a time; bounds memory.",
    )
    marks_in_memory: int = Field(
        default=ROWS_IN_MEMORY,
        ge=1,
        description=(
            "How many rows of marks of a batch wait in memory to be sorted (18 bytes each). More "
            "wait, under pseudonyms, in a nameless file of the system's temporary folder, which "
            "the variable TMPDIR names; twice 18 bytes each."
        ),
    )
    supplier: SupplierSettings = Field(
        default_factory=SupplierSettings, description="How a supplier is asked over HTTP"
    )
