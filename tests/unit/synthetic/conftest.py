"""Invented feeds shared by the tests, and plain queries over them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from publisher.reference.facts import read_facts
from publisher.synthetic.design import FeedDesign, FeedSummary
from publisher.synthetic.generate import generate_feed

TINY, SMALL, FULL = 0.001, 0.01, 0.05

VIEWS = """
create view batch_marks as
    select urn, upn::varchar as upn, date, am::varchar as am, pm::varchar as pm,
           regexp_extract(filename, 'batches/([^/]+)/', 1) as batch
    from read_parquet('{folder}/batches/*/marks/*.parquet', filename = true);
create view batch_pupils as
    select *, regexp_extract(filename, 'batches/([^/]+)/', 1) as batch
    from read_parquet('{folder}/batches/*/pupils/*.parquet', filename = true);
create view schools as select * from read_parquet('{folder}/schools.parquet');
create view approvals as select * from read_parquet('{folder}/approvals.parquet');
create view census as select * from read_parquet('{folder}/census.parquet');
create table school_phase as
    select urn, la_code, establishment_status as status, case
        when type_of_establishment ilike '%special%' then 'Special'
        when type_of_establishment ilike '%alternative%'
          or type_of_establishment ilike '%referral%'
          or type_of_establishment ilike '%nursery%' then 'Unpublished'
        when phase_of_education in ('Primary', 'Middle deemed primary') then 'Primary'
        else 'Secondary' end as phase
    from schools;
create table pupils as
    select * exclude position from (
        select *, row_number() over (partition by urn, upn order by batch desc) as position
        from batch_pupils) where position = 1;
create table final_marks as
    select * exclude position from (
        select *, row_number() over (partition by urn, upn, date order by batch desc) as position
        from batch_marks) where position = 1 and (am is not null or pm is not null);
create table counted as
    select m.*, s.phase, s.la_code,
        coalesce((a.counts_as_possible = 'yes')::int, 0)
          + coalesce((p.counts_as_possible = 'yes')::int, 0) as possible,
        coalesce((a.category like '%absence')::int, 0)
          + coalesce((p.category like '%absence')::int, 0) as missed
    from final_marks m
    join pupils r using (urn, upn)
    join school_phase s using (urn)
    left join code a on a.code = m.am
    left join code p on p.code = m.pm
    where s.phase <> 'Unpublished'
      and {year} - year(r.date_of_birth) - (month(r.date_of_birth) >= 9)::int between 5 and 15
      and m.date >= r.admission_date and (r.leaving_date is null or m.date <= r.leaving_date);
"""


@dataclass(frozen=True)
class Feed:
    """A feed on disk and a database that can see it."""

    folder: Path
    design: FeedDesign
    summary: FeedSummary
    database: duckdb.DuckDBPyConnection

    def rows(self, query: str) -> list[tuple]:
        return self.database.sql(query).fetchall()

    def one(self, query: str) -> object:
        return self.rows(query)[0][0]


def invent(folder: Path, scale: float) -> Feed:
    design = FeedDesign(out=folder, scale=scale)
    summary = generate_feed(design)
    database = duckdb.connect()
    database.register("code", pd.DataFrame(read_facts("register_codes")))
    database.execute("set threads = 1")
    database.execute(VIEWS.format(folder=folder, year=design.first_day.year))
    return Feed(folder, design, summary, database)


@pytest.fixture(scope="session")
def tiny_feed(tmp_path_factory: pytest.TempPathFactory) -> Feed:
    return invent(tmp_path_factory.mktemp("tiny") / "feed", TINY)


@pytest.fixture(scope="session")
def small_feed(tmp_path_factory: pytest.TempPathFactory) -> Feed:
    return invent(tmp_path_factory.mktemp("small") / "feed", SMALL)


@pytest.fixture(scope="session")
def full_feed(tmp_path_factory: pytest.TempPathFactory) -> Feed:
    return invent(tmp_path_factory.mktemp("full") / "feed", FULL)
