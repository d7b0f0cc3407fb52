"""What an attack found: for each withheld number its range, how it was found, and the verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """Whether a withheld number is protected as the policy asks."""

    SAFE = "safe"
    UNSAFE = "unsafe"
    UNKNOWN = "unknown"
    """Not worked out, and no two worlds were found that rule it out."""


@dataclass(frozen=True)
class Finding:
    """One withheld number that is not shown to be safe.

    within: how far apart its lowest and highest possible values are; None where nothing bounds
    it. The values themselves are not told: where a number can be worked out, they would be it.
    how: the steps in words. published: the published numbers of the recipe with their signs.
    """

    release: str
    cell: str
    verdict: Verdict
    kind: str
    within: int | None
    how: str
    published: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """Everything that an attack found; `findings` has what is not safe, `safe` only counts."""

    releases: tuple[str, ...]
    numbers_published: int
    withheld: int
    safe: int
    closely_known: int
    """Large groups of pupils, withheld beside small ones, that are known to within the range."""
    whole_worlds: int
    findings: tuple[Finding, ...]
    contradictions: tuple[str, ...]
    faults: tuple[str, ...]
    broken_files: bool
    assumptions: tuple[str, ...]
    not_tested: tuple[str, ...]

    @property
    def unsafe(self) -> int:
        """How many withheld numbers can be worked out."""
        return sum(each.verdict is Verdict.UNSAFE for each in self.findings)

    @property
    def unknown(self) -> int:
        """How many withheld numbers are neither shown to be safe nor worked out."""
        return sum(each.verdict is Verdict.UNKNOWN for each in self.findings)

    @property
    def breaks_the_policy(self) -> bool:
        """Whether anything was worked out, contradicts itself, or is not the file it should be."""
        return bool(self.unsafe or self.contradictions or self.broken_files)


def as_json(report: Report) -> dict[str, Any]:
    """The report for machines."""
    return {
        **asdict(report),
        "unsafe": report.unsafe,
        "unknown": report.unknown,
        "breaks_the_policy": report.breaks_the_policy,
    }


def in_words(report: Report, most: int = 20) -> str:
    """The report for people: what stands against the policy first."""
    lines = [
        f"{len(report.releases)} release(s) attacked: {', '.join(report.releases)}; "
        f"{report.numbers_published:,} published numbers, {report.withheld:,} withheld rows.",
        f"safe {report.safe:,}, unsafe {report.unsafe:,}, unknown {report.unknown:,}; "
        f"{report.whole_worlds} whole worlds as witnesses.",
    ]
    if report.closely_known:
        lines.append(
            f"{report.closely_known:,} large groups of pupils, withheld beside small ones, are "
            "known to within the range that the policy asks for; no small group is among them."
        )
    lines += _listed("These figures contradict each other", report.contradictions, most)
    for verdict in (Verdict.UNSAFE, Verdict.UNKNOWN):
        found = [each for each in report.findings if each.verdict is verdict]
        lines += _findings(verdict, found, most)
    lines += _listed("The files", report.faults, most)
    lines += _listed("Assumed", report.assumptions, most)
    lines += _listed("Not tested", report.not_tested, most)
    return "\n".join(lines)


def _findings(verdict: Verdict, found: Sequence[Finding], most: int) -> list[str]:
    if not found:
        return []
    kinds = Counter(each.kind for each in found)
    told = ", ".join(f"{number:,} {kind}" for kind, number in sorted(kinds.items()))
    lines = [f"\n{verdict.value.capitalize()} ({told}):"]
    for each in found[:most]:
        wide = "unbounded" if each.within is None else f"known to within {each.within:,}"
        lines.append(f"- {each.release}: {each.cell}: {wide} ({each.kind})")
        if each.how:
            lines.append(f"  {each.how}")
    if len(found) > most:
        lines.append(f"- and {len(found) - most:,} more: --json lists them all")
    return lines


def _listed(title: str, items: Sequence[str], most: int) -> list[str]:
    if not items:
        return []
    more = [f"- and {len(items) - most:,} more"] if len(items) > most else []
    return [f"\n{title}:", *(f"- {each}" for each in items[:most]), *more]
