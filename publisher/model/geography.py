"""Locations: England, its regions and its local authorities."""

from __future__ import annotations

from dataclasses import dataclass

from publisher.model.definitions import Level

COUNTRY_CODE = "E92000001"
COUNTRY_NAME = "England"

GEOGRAPHY_COLUMNS = (
    "geographic_level",
    "country_code",
    "country_name",
    "region_code",
    "region_name",
    "old_la_code",
    "new_la_code",
    "la_name",
)


@dataclass(frozen=True)
class Location:
    """A place that has rows; `code` is its nine-character code, `parent` the code above it."""

    code: str
    name: str
    level: Level
    parent: str | None
    region_code: str = ""
    region_name: str = ""
    old_la_code: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """The values of `GEOGRAPHY_COLUMNS` for a row of this place."""
        authority = self.level is Level.LOCAL_AUTHORITY
        return (
            self.level.value,
            COUNTRY_CODE,
            COUNTRY_NAME,
            self.region_code,
            self.region_name,
            self.old_la_code,
            self.code if authority else "",
            self.name if authority else "",
        )
