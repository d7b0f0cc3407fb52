"""The places of the comparison in pandas: from sums of schools to those of places."""

from __future__ import annotations

import pandas as pd
from plain_groups import EVERYONE, LEAVES, members
from plain_places import held_schools, parts


class Places:
    """Where schools lie and who holds them; `every`: of what each place is made."""

    def __init__(self, schools: pd.DataFrame) -> None:
        self.held, self.every = held_schools(schools), parts(schools)
        self._members = members()

    def sessions(self, codes: pd.DataFrame) -> pd.DataFrame:
        """Sessions of each place by code."""
        halves = pd.concat(codes.rename(columns={half: "code"}) for half in ("am", "pm"))
        by_code = halves[halves["code"] != 0].merge(self.held, on="urn")
        areas = by_code.groupby(["area", "code"], as_index=False)["size"].sum()
        placed = areas.merge(self.every, on="area")
        counted = placed.groupby(["place", "code"], as_index=False)["size"].sum()
        return counted.rename(columns={"size": "sessions"})

    def submitting(self, schools: pd.DataFrame) -> pd.DataFrame:
        """How many schools of each place there are."""
        areas = schools.merge(self.held, on="urn").groupby("area", as_index=False)["urn"].count()
        placed = areas.merge(self.every, on="area").groupby("place", as_index=False)["urn"].sum()
        return placed.rename(columns={"urn": "submitting"})

    def items(self, leaves: pd.DataFrame, sums: list[str], of_places: pd.DataFrame) -> pd.DataFrame:
        """Sums of the items of each place, from those of leaves by school."""
        of_schools = leaves.merge(self.held, on="urn")
        areas = of_schools.groupby(["area", "leaf"], as_index=False)[sums].sum()
        rows = areas.merge(self._members, on="leaf").merge(of_places, on="area")
        return rows.groupby(["place", "item"], as_index=False)[sums].sum()

    def evidence(
        self, leaves: pd.DataFrame, enrolments: pd.DataFrame, of_places: pd.DataFrame
    ) -> pd.DataFrame:
        """Who stands behind a week or the year to date."""
        rows = leaves.merge(self._members, on="leaf")
        schools = rows.groupby(["urn", "item"], as_index=False)[["possible", "pupils"]].sum()
        several = enrolments[enrolments["several"]]
        several = several[several.duplicated("pupil", keep=False)].assign(everyone=EVERYONE)
        of_leaves = several.melt(["area", "pupil"], ["everyone", *LEAVES], value_name="leaf")
        of_items = of_leaves.merge(self._members, on="leaf")
        return self.held_by(schools, of_items, ["item"], of_places).drop(columns="enrolments")

    def held_by(
        self, schools: pd.DataFrame, several: pd.DataFrame, by: list[str], of_places: pd.DataFrame
    ) -> pd.DataFrame:
        """Schools, holdings and pupils of each place; `several`: enrolments of such pupils."""
        key, sums = ["place", *by], ["possible", "pupils", "schools"]
        held = schools.assign(schools=1).merge(self.held, on="urn")
        areas = held.groupby(["area", *by, "holding"], as_index=False)[sums].sum()
        placed = areas.merge(of_places, on="area").groupby([*key, "holding"], as_index=False)
        sizes = placed[sums].sum().sort_values("possible", ascending=False)
        is_second = sizes.groupby(key).cumcount() == 1
        holdings = sizes.assign(second=sizes["possible"].where(is_second, 0)).groupby(key)
        found = holdings.agg(
            possible=("possible", "sum"),
            enrolments=("pupils", "sum"),
            schools=("schools", "sum"),
            holdings=("possible", "size"),
            largest_holding=("possible", "max"),
            second_holding=("second", "max"),
        )
        pupils = several.merge(of_places, on="area").groupby(key)["pupil"]
        repeated = (pupils.size() - pupils.nunique()).reindex(found.index, fill_value=0)
        return found.assign(pupils=found["enrolments"] - repeated).reset_index()


def leaves(enrolments: pd.DataFrame, sums: list[str]) -> pd.DataFrame:
    """Sums by school and leaf; `pupils`: how many enrolments."""
    every = enrolments.groupby("urn", as_index=False)[[*sums, "pupils"]].sum()
    of_groups = (
        enrolments.groupby(["urn", leaf], as_index=False)[[*sums, "pupils"]]
        .sum()
        .rename(columns={leaf: "leaf"})
        for leaf in LEAVES
    )
    return pd.concat([every.assign(leaf=EVERYONE), *of_groups], ignore_index=True)
