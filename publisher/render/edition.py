"""What every writer receives: one checked release and what the publication is called."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from publisher.model.definitions import DataSet, Indicator, IndicatorUnit
from publisher.model.stages import CheckedCells, DisclosureSummary, ProtectedTable, ReleaseScope
from publisher.render.settings import PublicationSettings

DATA_FOLDER = "data"
TABLES_FOLDER = "tables"


@dataclass(frozen=True, repr=False)
class Edition:
    """One release as the writers see it; holds nothing that is not published."""

    checked: CheckedCells
    publication: PublicationSettings

    @property
    def scope(self) -> ReleaseScope:
        """Which week, as known when, with its periods and places."""
        return self.checked.protected.scope

    @property
    def summary(self) -> DisclosureSummary:
        """What disclosure control did, in words."""
        return self.checked.protected.summary

    @property
    def tables(self) -> tuple[ProtectedTable, ...]:
        """The data sets of the release, in published order."""
        return self.checked.protected.tables

    @property
    def data_sets(self) -> tuple[DataSet, ...]:
        """The definitions of `tables`."""
        return tuple(table.data_set for table in self.tables)

    @property
    def title(self) -> str:
        """The release's title: `Week 45 2025`."""
        return self.publication.release_title(self.scope.week)

    @property
    def stem(self) -> str:
        """How its files are called: `pupil-attendance-in-schools_2025-week-45`."""
        return f"{self.publication.slug}_{self.scope.week.slug}"

    @property
    def published_at(self) -> datetime:
        """When it comes out; the only time of day that any file carries."""
        return self.publication.published_at(self.scope.week)

    def decimals(self, indicator: Indicator) -> int:
        """Decimals of an indicator in files for machines."""
        if indicator.unit is IndicatorUnit.PERCENT:
            return self.publication.percent_decimals_csv
        return indicator.decimal_places

    def decimals_shown(self, indicator: Indicator) -> int:
        """Decimals of an indicator where people read it."""
        if indicator.unit is IndicatorUnit.PERCENT:
            return self.publication.percent_decimals_shown
        return indicator.decimal_places

    def __repr__(self) -> str:
        return f"Edition({self.stem})"
