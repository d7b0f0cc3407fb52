"""The tables that arrive once: the register of schools, the approvals, the census."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from publisher.synthetic.arrays import Dates, Ints
from publisher.synthetic.country import STATUSES, TYPES, Schools
from publisher.synthetic.facts import GROUPS, PUBLISHED, authorities, calibration
from publisher.synthetic.ledger import Ledger
from publisher.synthetic.tables import APPROVALS, CENSUS, SCHOOLS
from publisher.synthetic.trusts import NO_TRUST

_PHASES = tuple(row["phase_of_education"] for row in calibration("school_kinds"))


def schools_table(schools: Schools) -> pa.Table:
    """The register of schools in its own wording, ordered by URN."""
    order = np.argsort(schools.urn)
    trust = schools.trust[order]
    columns = [
        pa.array(schools.urn[order], pa.int32()),
        chosen(authorities().old_codes, schools.authority[order]),
        pa.array([schools.names[row] for row in order]),
        chosen(TYPES, schools.establishment[order]),
        chosen(STATUSES, schools.status[order]),
        chosen(_PHASES, schools.kind[order]),
        dates(schools.opened[order]),
        dates(schools.closed[order]),
        chosen(schools.trusts.codes, trust, blank=NO_TRUST),
        chosen(schools.trusts.names, trust, blank=NO_TRUST),
    ]
    return pa.Table.from_arrays(columns, schema=SCHOOLS)


def approvals_table(schools: Schools, ledger: Ledger) -> pa.Table:
    """The ledger of approvals, ordered by URN and first day."""
    urn = schools.urn[ledger.school]
    order = np.lexsort((ledger.approved_from, urn))
    columns = [
        pa.array(urn[order], pa.int32()),
        dates(ledger.approved_from[order]),
        dates(ledger.approved_to[order]),
    ]
    return pa.Table.from_arrays(columns, schema=APPROVALS)


def census_table(scale: float) -> pa.Table:
    """Schools and thinned pupils of each authority and published phase that has any school."""
    facts = authorities()
    places, phases = np.nonzero(facts.schools)
    pupils = np.maximum(np.rint(facts.pupils[places, phases] * scale), 1)
    columns = [
        chosen(facts.old_codes, places),
        chosen(tuple(GROUPS[group] for group in PUBLISHED), phases),
        pa.array(facts.schools[places, phases], pa.int32()),
        pa.array(pupils.astype(np.int32), pa.int32()),
    ]
    return pa.Table.from_arrays(columns, schema=CENSUS)


def chosen(words: tuple[str, ...], positions: Ints, blank: int | None = None) -> pa.Array:
    """Text by position in `words`; the position `blank` becomes a blank value."""
    empty = None if blank is None else np.asarray(positions == blank)
    indices = pa.array(positions.astype(np.int32), pa.int32(), mask=empty)
    return pa.DictionaryArray.from_arrays(indices, pa.array(words)).dictionary_decode()


def dates(days: Dates) -> pa.Array:
    """Days as Arrow dates, blank where there is none."""
    return pa.array(days.astype("datetime64[D]"), pa.date32())
