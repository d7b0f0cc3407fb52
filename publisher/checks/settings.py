"""What can be set about the checks. No setting turns a check off."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class CheckSettings(BaseModel):
    """Settings of the group `checks`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    warnings_block: bool = Field(
        default=False,
        description="Whether a warning stops the release too; critical failures always do.",
    )
    percent_decimals: int = Field(
        default=2,
        ge=0,
        le=2,
        description="Decimal places that percentages have in the data files.",
    )
    longest_file_name: int = Field(
        default=50,
        ge=20,
        le=150,
        description="Longest name of a data file, in characters, without its extension.",
    )
    longest_label: int = Field(
        default=80,
        ge=20,
        le=100,
        description="Longest label of a filter or an indicator, in characters.",
    )
