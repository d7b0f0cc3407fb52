"""The rows of the comparison: which schools add up to a place, and which weeks a place leaves out.

A place is an education phase, or all schools, of a local authority, a region or England. An area
is the smallest: a phase of an authority.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from plain_groups import EVERYONE, members

from publisher.aggregate.settings import MethodSettings
from publisher.model.geography import COUNTRY_CODE
from publisher.model.phases import ALL_SCHOOLS, PUBLISHED_PHASES
from publisher.reference.areas import local_authorities

if TYPE_CHECKING:
    from plain_work import Asked

PLACE = ["location", "phase"]
EVERY_WEEK, KEPT = "", "kept_"
"""Before the names of sums: of every week, or without those that regions and England leave out."""


def places(schools: pd.DataFrame) -> pd.DataFrame:
    """`place` (from 0, in the order of names), `location`, `phase`."""
    found = _members(schools)[PLACE].drop_duplicates().sort_values(PLACE, ignore_index=True)
    return found.assign(place=np.arange(len(found)))


def parts(schools: pd.DataFrame) -> pd.DataFrame:
    """`area`, `place`: of what each place is made; `wide`: 1 of regions and England, else 0."""
    numbers = places(schools)
    of_area = numbers.set_axis(["authority", "area_phase", "area"], axis=1)
    rows = _members(schools).merge(numbers, on=PLACE).merge(of_area, on=["authority", "area_phase"])
    wide = (rows["location"] != rows["authority"]).astype("int64")
    return rows[["area", "place"]].assign(wide=wide)


def reaches(parts: pd.DataFrame, divided: bool) -> dict[str, pd.DataFrame]:
    """The places of which a long period is counted at a time, by a prefix of their sums.

    `divided`: whether regions and England count fewer weeks than authorities.
    """
    if not divided:
        return {EVERY_WEEK: parts}
    return {EVERY_WEEK: parts[parts["wide"] == 0], KEPT: parts[parts["wide"] == 1]}


def held_schools(schools: pd.DataFrame) -> pd.DataFrame:
    """`urn`, `area` and `holding`: the number of its trust; of a school without one its own.

    `alone`: 1 where all schools of the holding are in one area, else 0.
    """
    trust = schools["trust_code"].fillna("").str.strip()
    alone = "school " + schools["urn"].astype("str")
    holding, _ = pd.factorize(trust.where(trust != "", alone))
    held = schools.rename(columns={"education_phase": "phase"}).assign(holding=holding)
    numbered = held.merge(places(schools), on=PLACE).rename(columns={"place": "area"})
    areas = numbered.groupby("holding")["area"].transform("nunique")
    return numbered[["urn", "area", "holding"]].assign(alone=(areas == 1).astype("int64"))


def census(asked: Asked) -> pd.DataFrame:
    """`place`, `schools`: the entries of the school census, once for each place they belong to."""
    known = places(pd.read_parquet(asked.plain / "schools.parquet"))
    entries = pd.read_parquet(asked.plain / "census.parquet")
    names = {"location": "authority", "education_phase": "area_phase"}
    placed = _members(entries).merge(entries.rename(columns=names), on=list(names.values()))
    return placed.merge(known, on=PLACE)[["place", "schools"]]


def weeks_left_out(asked: Asked, open_weeks: pd.DataFrame) -> tuple[pd.Timestamp, ...]:
    """The weeks that regions and England leave out: few of the sharing authorities are open.

    `open_weeks`: `place` and `week` of every place with a possible session, of everyone.
    """
    schools = pd.read_parquet(asked.plain / "schools.parquet")
    named = open_weeks.merge(places(schools), on="place")
    codes = {each.code for each in local_authorities()}
    whole = named[named["location"].isin(codes) & (named["phase"] == ALL_SCHOOLS)]
    authorities = whole.groupby("week")["location"].nunique()
    percent = MethodSettings().minimum_open_authorities_percent
    few = 100 * authorities < percent * _sharing_authorities(asked, schools)
    return tuple(pd.to_datetime(authorities.index[few]))


def everyone() -> int:
    """The number of the item of all pupils."""
    found = members()
    return int(found.loc[found["leaf"] == EVERYONE, "item"].iloc[0])


def kept(
    rows: pd.DataFrame, wide: Collection[int], left_out: Collection[pd.Timestamp]
) -> pd.DataFrame:
    """The rows without those of wide places in the weeks that they leave out."""
    column = next((each for each in ("date", "week") if each in rows.columns), None)
    if column is None or not left_out:
        return rows
    days = pd.to_datetime(rows[column])
    weeks = days - pd.to_timedelta(days.dt.day_of_week, "D")
    return rows[~(rows["place"].isin(wide) & weeks.isin(left_out))]


def _sharing_authorities(asked: Asked, schools: pd.DataFrame) -> int:
    approvals = pd.read_parquet(asked.plain / "approvals.parquet").merge(schools, on="urn")
    first, last = asked.days()["date"].min(), asked.days()["date"].max()
    begin = pd.to_datetime(approvals["approved_from"])
    end = pd.to_datetime(approvals["approved_to"]).fillna(pd.Timestamp(last))
    during = (begin <= pd.Timestamp(last)) & (end >= pd.Timestamp(first)) & (end >= begin)
    published = approvals["education_phase"].isin(PUBLISHED_PHASES)
    return int(approvals.loc[during & published, "location"].nunique())


def _members(schools: pd.DataFrame) -> pd.DataFrame:
    """`authority`, `area_phase`, and the `location` and `phase` of each place it is a part of."""
    names = {"location": "authority", "education_phase": "area_phase"}
    published = schools[schools["education_phase"].isin(PUBLISHED_PHASES)].rename(columns=names)
    areas = published[list(names.values())].drop_duplicates()
    regions = {each.code: each.region_code for each in local_authorities()}
    locations = (areas["authority"], areas["authority"].map(regions), COUNTRY_CODE)
    return pd.concat(
        areas.assign(location=location, phase=phase)
        for location in locations
        for phase in (areas["area_phase"], ALL_SCHOOLS)
    )
