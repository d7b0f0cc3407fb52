"""The places of the comparison in Polars: from sums of schools to those of places."""

from __future__ import annotations

import pandas as pd
import polars as pl
from plain_groups import members
from plain_places import held_schools, parts


class Places:
    """Where schools lie and who holds them; `every`: of what each place is made."""

    def __init__(self, schools: pd.DataFrame) -> None:
        held = pl.DataFrame(held_schools(schools))
        self.held = held.cast({"urn": pl.Int32, "area": pl.Int16, "holding": pl.Int32})
        self.every = parts(schools)
        self.members = pl.DataFrame(members()).cast(pl.Int16)

    def sessions(self, codes: pl.DataFrame) -> pl.DataFrame:
        """Sessions of each place by day and code."""
        key = ["date", "code"]
        halves = [codes.select("urn", "date", "pupils", code=half) for half in ("am", "pm")]
        by_code = pl.concat(halves).filter(pl.col("code") != 0).join(self.held, on="urn")
        areas = by_code.group_by("area", *key).agg(sessions=pl.col("pupils").sum())
        placed = _placed(areas, self.every).group_by("place", *key)
        return placed.agg(pl.col("sessions").sum())

    def submitting(self, schools: pl.DataFrame) -> pl.DataFrame:
        """How many schools of each place have a possible session, by day."""
        areas = schools.join(self.held, on="urn").group_by("area", "date")
        counted = areas.agg(submitting=pl.len().cast(pl.Int64))
        return (
            _placed(counted, self.every).group_by("place", "date").agg(pl.col("submitting").sum())
        )

    def items(self, leaves: pl.DataFrame, sums: list[str], of_places: pd.DataFrame) -> pl.DataFrame:
        """Sums of the items of each place, from those of leaves by school."""
        of_schools = leaves.join(self.held, on="urn").group_by("area", "week", "leaf")
        rows = of_schools.agg(pl.col(sums).sum()).join(self.members, on="leaf")
        items = _placed(rows, of_places).group_by("place", "week", "item")
        return items.agg(pl.col(sums).sum())

    def held_by(
        self,
        schools: pl.DataFrame,
        by: list[str],
        several: pl.DataFrame,
        of_places: pd.DataFrame,
    ) -> pl.DataFrame:
        """Schools, holdings and pupils of each place; `several`: enrolments of such pupils."""
        holdings = self._holdings(schools, by, of_places)
        largest = pl.col("largest")
        second = pl.max_horizontal(pl.col("smaller").max(), largest.top_k(2).sum() - largest.max())
        placed = holdings.group_by("place", *by).agg(
            pl.col("possible", "schools", "holdings").sum(),
            enrolments=pl.col("pupils").sum(),
            largest_holding=largest.max(),
            second_holding=second,
        )
        beyond = (pl.len() - pl.col("pupil").n_unique()).cast(pl.Int64)
        repeated = _placed(several, of_places).group_by("place", *by).agg(repeated=beyond)
        found = placed.join(repeated, on=["place", *by], how="left")
        pupils = pl.col("enrolments") - pl.col("repeated").fill_null(0)
        return found.with_columns(pupils=pupils).drop("repeated")

    def _holdings(
        self, schools: pl.DataFrame, by: list[str], of_places: pd.DataFrame
    ) -> pl.DataFrame:
        """Sums of holdings, and the largest; those in one area are added up by area first."""
        sums, possible = pl.col("possible", "pupils", "schools").sum(), pl.col("possible")
        held = schools.with_columns(schools=pl.lit(1, dtype=pl.Int64)).join(self.held, on="urn")
        areas = held.group_by("area", *by, "holding", "alone").agg(sums)
        alone = areas.filter(pl.col("alone") == 1).group_by("area", *by)
        of_areas = alone.agg(
            sums,
            holdings=pl.len().cast(pl.Int64),
            largest=possible.max(),
            smaller=possible.top_k(2).sum() - possible.max(),
        )
        several = _placed(areas.filter(pl.col("alone") == 0), of_places)
        found = several.group_by("place", *by, "holding").agg(sums)
        found = found.with_columns(
            holdings=pl.lit(1, dtype=pl.Int64), largest=possible, smaller=pl.lit(0, dtype=pl.Int64)
        )
        placed = _placed(of_areas, of_places).select(found.drop("holding").columns)
        return pl.concat([placed, found.drop("holding")])


def _placed(areas: pl.DataFrame, of_places: pd.DataFrame) -> pl.DataFrame:
    """Rows of areas, once for each place that their area is a part of."""
    parts = pl.DataFrame(of_places[["area", "place"]]).cast(pl.Int16)
    return areas.join(parts, on="area")
