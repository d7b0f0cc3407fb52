from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from publisher.synthetic.country import invent_schools
from publisher.synthetic.facts import GROUPS, PUBLISHED, authorities

PHASE_TOTALS = {"Primary": 16_677, "Secondary": 3_494, "Special": 1_121}


@pytest.fixture(scope="module")
def schools():
    return invent_schools(1, 0.02, 2025)


def test_every_authority_has_its_published_schools(tiny_feed):
    found = tiny_feed.database.sql(
        "select la_code, phase, count(*) as schools from school_phase"
        " where status <> 'Closed' and phase <> 'Unpublished' group by all"
    ).df()
    facts = authorities()
    places, phases = np.nonzero(facts.schools)
    expected = pd.DataFrame(
        {
            "la_code": [facts.old_codes[place] for place in places],
            "phase": [GROUPS[phase] for phase in phases],
            "expected": facts.schools[places, phases],
        }
    )
    both = expected.merge(found, on=["la_code", "phase"], how="outer")
    assert len(both) == 454
    assert (both["schools"] == both["expected"]).all()
    assert found.groupby("phase")["schools"].sum().to_dict() == PHASE_TOTALS


def test_small_authorities_exist(tiny_feed):
    def phases(la_code):
        return dict(
            tiny_feed.rows(
                f"select phase, count(*) from school_phase where la_code = '{la_code}'"
                " and phase <> 'Unpublished' and status <> 'Closed' group by 1"
            )
        )

    assert phases("420") == {"Secondary": 1}  # Isles of Scilly
    assert phases("201") == {"Primary": 1}  # City of London
    assert "Special" not in phases("857")  # Rutland
    assert (authorities().schools[:, 2] == 2).sum() == 6  # six with two special schools


def test_one_in_fifty_schools_is_missing(schools):
    assert schools.missing.sum() / schools.count == pytest.approx(0.02, abs=0.0005)
    assert (schools.roll[schools.missing] == 0).all()


def test_every_authority_and_phase_has_an_anchor_that_never_fails(schools):
    anchor = schools.anchor
    cells = set(
        zip(schools.authority[anchor].tolist(), schools.group[anchor].tolist(), strict=True)
    )
    assert len(cells) == anchor.sum() == 454
    assert not (anchor & schools.missing).any()
    assert (schools.status[anchor] == 0).all()


@pytest.mark.parametrize("scale", [0.02, 0.05, 1.0])
def test_the_scale_thins_pupils_and_keeps_schools(scale):
    thinned = invent_schools(1, scale, 2025)
    facts = authorities()
    assert (thinned.roll[~thinned.missing & (thinned.status != 2)] >= 1).all()
    for phase in PUBLISHED[:2]:
        pupils = thinned.roll[thinned.group == phase].sum()
        assert pupils == pytest.approx(0.98 * scale * facts.pupils[:, phase].sum(), rel=0.02)


def test_maintained_schools_have_no_trust_and_academies_do(tiny_feed):
    kinds = tiny_feed.rows(
        "select distinct type_of_establishment, trust_code is null, trust_name is null from schools"
    )
    for kind, no_code, no_name in kinds:
        academy = any(word in kind for word in ("Academy", "Free", "college", "Studio"))
        assert no_code == no_name == (not academy), kind


def test_trusts_have_realistic_sizes(tiny_feed):
    sizes = [
        row[0]
        for row in tiny_feed.rows(
            "select count(*) from schools where trust_code is not null group by trust_code"
        )
    ]
    assert 4 < np.mean(sizes) < 9
    assert max(sizes) > 30


def test_somewhere_two_trusts_hold_all_secondary_schools_that_are_academies(tiny_feed):
    places = tiny_feed.one(
        "select count(*) from (select s.la_code from schools s join school_phase p using (urn)"
        " where p.phase = 'Secondary' and trust_code is not null group by 1"
        " having count(*) >= 4 and count(distinct trust_code) = 2)"
    )
    assert places > 0


def test_the_census_is_thinned_but_counts_all_schools(tiny_feed):
    rows = tiny_feed.rows(
        "select education_phase, count(*), sum(schools), sum(pupils) from census group by 1"
    )
    found = {phase: (int(schools), int(pupils)) for phase, _, schools, pupils in rows}
    assert {phase: schools for phase, (schools, _) in found.items()} == PHASE_TOTALS
    assert found["Primary"][1] == pytest.approx(4_330_477 * tiny_feed.design.scale, rel=0.01)
    assert sum(count for _, count, _, _ in rows) == 454
