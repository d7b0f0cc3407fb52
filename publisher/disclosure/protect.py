"""From true cells to protected cells: the privacy boundary."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from publisher.disclosure import rates, rounding
from publisher.disclosure.accounts import run_account
from publisher.disclosure.complementary import PartnersByCost
from publisher.disclosure.figures import Figures, weights_of
from publisher.disclosure.gate import withhold
from publisher.disclosure.group_choice import WORDS as GROUP_WORDS
from publisher.disclosure.groups import WithheldGroups, withheld_groups
from publisher.disclosure.ledger import Ledger
from publisher.disclosure.problem import Complementer, Problem, PupilCount
from publisher.disclosure.reasons import reasons
from publisher.disclosure.rules import Rule, primary_rules, withheld_by_rules
from publisher.disclosure.settings import Policy
from publisher.disclosure.sizes import node_numbers, sizes_of
from publisher.disclosure.structure import Lattice, lattice_of
from publisher.disclosure.tables import in_published_order, protected_table
from publisher.errors import DisclosureBlocked
from publisher.model.breakdowns import BREAKDOWN, TOTAL
from publisher.model.definitions import AbsenteeMeasure, DataSet, Level
from publisher.model.geography import Location
from publisher.model.phases import EDUCATION_PHASES
from publisher.model.progress import Progress
from publisher.model.stages import (
    ROW_KEY,
    DisclosureSummary,
    ProtectedCells,
    ProtectedTable,
    TrueCells,
    WithheldCount,
)

Flags = NDArray[np.bool_]
Locations = tuple[Location, ...]

_KEY_BYTES = range(16, 65)
"""Long enough not to be guessed, short enough for BLAKE2b."""


def protect(
    true: TrueCells,
    policy: Policy,
    ledger: Ledger,
    tie_key: bytes,
    progress: Progress,
    further: pd.DataFrame | None = None,
) -> ProtectedCells:
    """Apply the whole policy; nothing of `true` is kept.

    `ledger`: what earlier releases showed and withheld. `tie_key`: secret of at most 64 bytes that
    decides between partners of equal cost. `further`: what an attack asks to withhold as well:
    `ROW_KEY` and `BREAKDOWN` columns.

    Raises:
        DisclosureBlocked: the policy cannot be met, or the evidence is incomplete.
    """
    _require_key(tie_key)
    lattice = lattice_of(true.scope)
    more = no_further_rows() if further is None else further
    problem = _problem(true, lattice, policy, ledger, tie_key, more)
    choice = withhold(problem, _complementer(policy), progress)
    groups = withheld_groups(true, problem, choice.withheld, ledger, progress, more)
    tables, counted = _tables(true, lattice, choice.withheld, groups, policy, progress)
    summary = DisclosureSummary(
        profile=policy.profile,
        rounding_base=policy.rounding_base,
        rules=policy_words(policy, weighted=true.weighted_totals),
        withheld=counted,
        rounds=choice.rounds,
        groups_not_shown=groups.not_shown,
    )
    rows = _withheld_rows(true.scope.locations, lattice, choice.withheld)
    account = run_account(true, rows, policy)
    at = node_numbers(lattice, true.evidence)
    why = reasons(true, policy, ledger, _named(lattice, more)[at], choice.withheld[at])
    return ProtectedCells(true.scope, tables, summary, rows, account, groups.rows, why)


def no_further_rows() -> pd.DataFrame:
    """Nothing to withhold beyond the rules."""
    return pd.DataFrame(columns=[*ROW_KEY, BREAKDOWN], dtype="str")


def _named(lattice: Lattice, rows: pd.DataFrame) -> Flags:
    """The whole rows among `rows`, by node."""
    named = np.zeros(lattice.size, dtype=bool)
    whole = rows.loc[rows[BREAKDOWN] == TOTAL, list(ROW_KEY)]
    if len(whole):
        named[node_numbers(lattice, whole)] = True
    return named


def _require_key(tie_key: bytes) -> None:
    if len(tie_key) not in _KEY_BYTES:
        raise DisclosureBlocked(
            "the key that decides between equally good partners is not 16 to 64 bytes long",
            "Give a longer secret in the key file or the environment.",
        )


def _problem(
    true: TrueCells,
    lattice: Lattice,
    policy: Policy,
    ledger: Ledger,
    tie_key: bytes,
    further: pd.DataFrame,
) -> Problem:
    needs, known_before = _decided_before(true, lattice, primary_rules(policy), ledger)
    needs |= _named(lattice, further)
    return Problem(
        lattice=lattice,
        sizes=sizes_of(lattice, true.evidence),
        needs=needs,
        known_before=known_before,
        pupil_counts=_pupil_counts(true, lattice),
        policy=policy,
        tie_key=tie_key,
    )


def _decided_before(
    true: TrueCells, lattice: Lattice, rules: tuple[Rule, ...], ledger: Ledger
) -> tuple[Flags, Flags]:
    """Rows that must be withheld, by the rules or by earlier releases; rows shown earlier."""
    nodes = node_numbers(lattice, true.evidence)
    keys = true.evidence[list(ROW_KEY)]
    needs, known = np.zeros(lattice.size, dtype=bool), np.zeros(lattice.size, dtype=bool)
    needs[nodes] = withheld_by_rules(true.evidence, rules)
    needs[nodes] |= ledger.withheld_before(true.scope, keys)
    known[nodes] = ledger.shown_before(true.scope, keys)
    return needs, known


def _pupil_counts(true: TrueCells, lattice: Lattice) -> tuple[PupilCount, ...]:
    found = []
    areas, phases, times = lattice.shape
    for data_set in true.data_sets:
        rows = true.cells[data_set.name]
        measures = [m.name for m in data_set.measures if isinstance(m, AbsenteeMeasure)]
        if not measures or data_set.breakdowns:
            continue
        pairs, time = np.divmod(node_numbers(lattice, rows), times)
        for measure in measures:
            missing = rows[measure].isna().to_numpy(dtype=bool)
            counts = rows[measure].fillna(0).to_numpy(dtype=np.int64)
            for each in np.unique(time):
                now, values = time == each, np.zeros(areas * phases, dtype=np.int64)
                unknown = np.zeros(areas * phases, dtype=bool)
                values[pairs[now]], unknown[pairs[now]] = counts[now], missing[now]
                _require_unknown_totals(lattice, unknown, pairs[now])
                found.append(PupilCount(measure, int(each), values, unknown))
    return tuple(found)


def _require_unknown_totals(lattice: Lattice, unknown: Flags, rows: NDArray[np.intp]) -> None:
    """A total that knew more than its parts would be about other schools than its row."""
    identities = lattice.in_one_period.identities
    is_row = np.zeros(len(unknown), dtype=bool)
    is_row[rows] = True
    parts = np.bincount(identities.equation, (identities.sign < 0) & unknown[identities.node])
    totals = identities.totals
    if ((parts > 0) & is_row[totals] & ~unknown[totals]).any():
        raise DisclosureBlocked(
            "a number of pupils is known for a total and not for all of its parts",
            "Correct the counting: such a number would speak of some schools of the area only.",
        )


def _tables(
    true: TrueCells,
    lattice: Lattice,
    withheld: Flags,
    groups: WithheldGroups,
    policy: Policy,
    progress: Progress,
) -> tuple[tuple[ProtectedTable, ...], tuple[WithheldCount, ...]]:
    tables: list[ProtectedTable] = []
    counted: list[WithheldCount] = []
    evident = np.zeros(lattice.size, dtype=bool)
    evident[node_numbers(lattice, true.evidence)] = True
    with progress.stage("Rounding and rates", len(true.data_sets)) as advance:
        for data_set in true.data_sets:
            counts = in_published_order(
                true.scope,
                true.cells[data_set.name],
                EDUCATION_PHASES,
                data_set.breakdown_keys,
            )
            hidden = _hidden(data_set, lattice, counts, withheld, evident)
            if data_set.breakdowns:
                hidden |= groups.among(counts)
            weighted = true.weighted_totals and data_set.shows_phases
            weights = weights_of(counts, true.census_pupils) if weighted else None
            figures = Figures(data_set, counts, hidden, policy.rounding_base, weights)
            tables.append(protected_table(true.scope, figures))
            counted += _counted(data_set, true.scope.locations, counts, hidden)
            advance(1)
    return tuple(tables), tuple(counted)


def _hidden(
    data_set: DataSet, lattice: Lattice, counts: pd.DataFrame, withheld: Flags, evident: Flags
) -> Flags:
    """Which rows of the data set are withheld; none if it only counts schools."""
    if not any(measure.unit.about_pupils for measure in data_set.measures):
        return np.zeros(len(counts), dtype=bool)
    nodes = node_numbers(lattice, counts)
    twice = counts.duplicated([each for each in (*ROW_KEY, BREAKDOWN) if each in counts])
    if not evident[nodes].all() or twice.any():
        raise DisclosureBlocked(
            f"the data set '{data_set.name}' has rows without evidence, or rows that appear twice",
            "Every row needs evidence; nothing is published without it.",
        )
    return withheld[nodes]


def _counted(
    data_set: DataSet,
    locations: Locations,
    counts: pd.DataFrame,
    hidden: Flags,
) -> list[WithheldCount]:
    levels = {each.code: each.level.value for each in locations}
    level = counts["location"].map(levels).to_numpy()
    return [
        WithheldCount(
            data_set.name, each.value, int((level == each).sum()), int(hidden[level == each].sum())
        )
        for each in Level
        if (level == each).any()
    ]


def _withheld_rows(locations: Locations, lattice: Lattice, withheld: Flags) -> pd.DataFrame:
    area, phase, time = np.unravel_index(np.flatnonzero(withheld), lattice.shape)
    rows = pd.DataFrame(
        {
            "location": [locations[n].code for n in area],
            "education_phase": [lattice.phases[n] for n in phase],
            "period": [lattice.times[n].key for n in time],
        },
        columns=list(ROW_KEY),
        dtype="str",
    )
    order = np.lexsort((phase, area, rows["period"].to_numpy(dtype=object)))
    return rows.iloc[order].reset_index(drop=True)


def policy_words(policy: Policy, *, weighted: bool) -> tuple[str, ...]:
    """Each rule of a policy in its own words, in the order in which they are applied."""
    return _words(primary_rules(policy), policy, _complementer(policy), weighted=weighted)


def _complementer(policy: Policy) -> PartnersByCost:
    return PartnersByCost(policy.recovery_range_percent, policy.candidate_values)


def _words(
    rules: tuple[Rule, ...], policy: Policy, complementer: Complementer, *, weighted: bool
) -> tuple[str, ...]:
    return (
        *(rule.words for rule in rules),
        Ledger.words,
        complementer.words,
        GROUP_WORDS,
        rounding.words(policy.rounding_base),
        rates.WORDS,
        *((rates.WEIGHTED_WORDS,) if weighted else ()),
    )
