"""Settings of the store."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class StoreSettings(BaseModel):
    """How the store is written."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lock_wait_seconds: float = Field(
        default=10.0,
        ge=0,
        description="How long an ingest waits for another one that is writing to the store.",
    )
    compression_level: int = Field(
        default=3,
        ge=1,
        le=22,
        description="How hard stored files are compressed (zstd level); higher is smaller, slower.",
    )
    retention_days: int | None = Field(
        default=None,
        ge=1,
        description=(
            "How many days back the store must answer what was known; blank: for ever. "
            "`publisher store compact` gives up what was replaced before, and marks of academic "
            "years that had ended before."
        ),
    )
