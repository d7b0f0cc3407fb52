"""The attack as a whole: finished files in, verdicts and a certificate out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from publisher.attack.declared import Declared, read_declared
from publisher.attack.documents import read_document
from publisher.attack.earlier import Examined, if_nothing_was_corrected, undone_by
from publisher.attack.exact import is_small, solve_exactly
from publisher.attack.facts import Facts, gather
from publisher.attack.judge import (
    contradictions_in_words,
    exposed_findings,
    unknown_findings,
    unsafe_findings,
)
from publisher.attack.layout import read_layout
from publisher.attack.partners import surely_large
from publisher.attack.propagation import Bounds, propagate
from publisher.attack.publication import Publication, read_publication
from publisher.attack.report import Finding, Report
from publisher.attack.schools import few_schools_findings
from publisher.attack.system import Flags, Floats
from publisher.attack.together import settle_together
from publisher.attack.unfinished import Unfinished
from publisher.attack.worlds import Worlds
from publisher.model.progress import Progress

NOT_TESTED = (
    "What a school, a trust or a family knows of its own pupils.",
    "Census headcounts: who knows how many pupils a school has can estimate its sessions.",
    "Equalities between releases: schools correct past days, so none is promised.",
)

NOT_LOOKED_FOR = "Whole worlds were not looked for: publisher attack looks for them."


@dataclass(frozen=True, repr=False)
class Attacked:
    """One release after its attack.

    low, high: ranges of the protected cells. notes: what its worlds do not show.
    """

    publication: Publication
    facts: Facts
    bounds: Bounds
    worlds: Worlds
    low: Floats
    high: Floats
    notes: tuple[str, ...] = ()

    @property
    def narrow(self) -> Flags:
        """Which protected cells are known more closely than the policy's range."""
        return ~self.facts.system.protected.holds(self.low, self.high)

    @property
    def close(self) -> Flags:
        """Which of the narrow ones are surely large groups of pupils: others' partners."""
        system, least = self.facts.system, self.publication.policy.minimum_pupils
        return self.narrow & surely_large(system, system.protected.cell, self.low, least)

    @property
    def unsafe(self) -> Flags:
        """Which protected cells can be worked out, to somebody's harm."""
        return self.narrow & ~self.close

    @property
    def safe(self) -> Flags:
        """Which protected cells two worlds show to be safe."""
        if self.bounds.contradictions:
            return np.zeros(len(self.low), dtype=bool)
        return self.worlds.settled & ~self.narrow


def attack(
    folder: Path,
    previous: Sequence[Path],
    totals: Path | None,
    progress: Progress,
    unfinished: Unfinished | None = None,
) -> tuple[Report, tuple[Attacked, ...]]:
    """Try to work out every withheld number of a folder of finished files.

    Args:
        folder: a release, or a folder of anybody's data files.
        previous: earlier releases.
        totals: what adds up to what, where the files are not this publication's own.
        progress: where to show how far it is.
        unfinished: worlds to go on from, and where to write down further ones.

    Raises:
        UsageProblem: a folder or a file cannot be read.
        CouldNotRun: a world cannot be written down.
    """
    declared = Declared() if totals is None else read_declared(totals)
    every = tuple(
        attack_one(each, declared, progress, unfinished=unfinished)
        for each in (folder, *dict.fromkeys(previous))
    )
    return _report(every, progress), every


def facts_of(folder: Path, declared: Declared, progress: Progress) -> tuple[Publication, Facts]:
    """Read a folder and put what it says into one system; the tables are not kept."""
    publication = read_publication(folder, progress)
    reads = [read_layout(each, declared) for each in publication.tables]
    documents = [
        read_document(each, each.relative_to(publication.folder).as_posix())
        for each in publication.documents
    ]
    facts = gather(reads, documents, publication.policy, declared, own=publication.own)
    return replace(publication, tables=(), documents=()), facts


def attack_one(
    folder: Path,
    declared: Declared,
    progress: Progress,
    *,
    prove: bool = True,
    unfinished: Unfinished | None = None,
) -> Attacked:
    """Attack one release by itself.

    Args:
        folder: finished files.
        declared: what the reader says about totals.
        progress: where to show how far it is.
        prove: also look for worlds in which what is withheld differs; of large releases that
            takes longer than the rest of the attack. A small release is solved in any case.
        unfinished: worlds of a large release to go on from, and where to write down further ones.
    """
    publication, facts = facts_of(folder, declared, progress)
    bounds = propagate(facts.system, progress)
    worlds, cells = Worlds(facts.system), facts.system.protected.cell
    found = Attacked(publication, facts, bounds, worlds, bounds.low[cells], bounds.high[cells])
    if bounds.contradictions or not len(cells):
        return found
    if is_small(facts.system, bounds):
        ranges = solve_exactly(facts.system, bounds, worlds, progress)
        return replace(found, low=ranges.low, high=ranges.high)
    if not prove:
        return replace(found, notes=(NOT_LOOKED_FOR,))
    if unfinished is not None:
        _go_on(worlds, unfinished)
    return look_for_worlds(found, progress)


def _go_on(worlds: Worlds, unfinished: Unfinished) -> None:
    """Take up what an earlier attack on the same facts found; each world is checked anew."""
    facts = worlds.system.digest
    for each in unfinished.worlds(facts):
        worlds.add(each)
    worlds.tell = partial(unfinished.keep, facts)


def look_for_worlds(found: Attacked, progress: Progress) -> Attacked:
    """The same attack with worlds, which are added to its own."""
    settled = settle_together(found.facts.system, found.bounds, found.worlds, progress)
    return replace(found, low=settled.low, high=settled.high, notes=settled.notes)


def _report(every: tuple[Attacked, ...], progress: Progress) -> Report:
    findings = [finding for each in every for finding in _findings(each)]
    together, notes = _releases_together(every, progress)
    return Report(
        releases=tuple(each.publication.name for each in every),
        numbers_published=sum(int(each.facts.system.shown.sum()) for each in every),
        withheld=sum(len(each.low) for each in every),
        safe=sum(int(each.safe.sum()) for each in every),
        closely_known=sum(
            int(each.close.sum()) for each in every if not each.bounds.contradictions
        ),
        whole_worlds=sum(len(each.worlds.kept) for each in every),
        findings=(*findings, *together),
        contradictions=_said_of(
            every,
            lambda each: contradictions_in_words(each.facts.system, each.bounds.contradictions),
        ),
        faults=_said_of(every, lambda each: (*each.publication.faults, *each.facts.faults)),
        broken_files=any(each.publication.broken for each in every),
        assumptions=(*_said_of(every, lambda each: each.facts.system.assumptions), *notes),
        not_tested=(*NOT_TESTED, *_said_of(every, lambda each: each.notes)),
    )


def _said_of(
    every: tuple[Attacked, ...], say: Callable[[Attacked], tuple[str, ...]]
) -> tuple[str, ...]:
    """What there is to say of each release, under its name, each thing once."""
    said = [f"{each.publication.name}: {words}" for each in every for words in say(each)]
    return tuple(dict.fromkeys(said))


def _releases_together(
    every: tuple[Attacked, ...], progress: Progress
) -> tuple[list[Finding], list[str]]:
    """What releases give away about one another, and what to note about them."""
    latest, *older = [_examined(each) for each in every]
    findings = [found for each in older for found in undone_by(each, latest)]
    notes = [if_nothing_was_corrected(each, latest, progress) for each in older]
    return findings, [each for each in notes if each]


def _examined(each: Attacked) -> Examined:
    name, least = each.publication.name, each.publication.policy.minimum_pupils
    return Examined(name, each.facts.system, each.bounds.low, each.bounds.high, least)


def _findings(each: Attacked) -> list[Finding]:
    system, name = each.facts.system, each.publication.name
    least = each.publication.policy.minimum_schools
    found = list(few_schools_findings(name, each.facts.few_schools, least))
    if each.publication.own:
        found += exposed_findings(name, system, each.facts.exposed)
    if each.bounds.contradictions:
        return found
    found += unsafe_findings(name, system, each.bounds, each.low, each.high, each.unsafe)
    unsettled = ~each.safe & ~each.narrow
    found += unknown_findings(name, system, unsettled, each.low, each.high)
    return found
