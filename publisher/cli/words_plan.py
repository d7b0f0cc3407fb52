"""A plan in words: what a release would do, and how much a policy would withhold in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publisher.disclosure.forecast import Forecast
    from publisher.planning import Planned


def plan_in_words(planned: Planned) -> str:
    """What a release would do, by which rules, and what these would withhold."""
    verb = "replace" if planned.replaces_existing else "make"
    lines = [
        f"publisher release would {verb} {planned.folder}",
        f"    from {planned.batches} batches, as known at {planned.as_of}",
        f"    with data to {planned.data_to}, to be published {planned.publication_date}",
        f"    protected also against {planned.earlier_releases_in_ledger} earlier releases",
        "Data sets:",
        *(f"    {title}" for title in planned.data_sets),
        *(f"    {title}: not in this release yet" for title in planned.not_in_this_release),
        "Disclosure policy of the settings:",
        *(f"    {words}" for words in planned.policy),
        *(line for each in planned.withheld for line in _forecast(each)),
        *_end(planned),
    ]
    return "\n".join(lines)


def _end(planned: Planned) -> Iterator[str]:
    if planned.withheld:
        yield (
            "A row is an area, phase and period. The attack on the finished files may withhold a "
            "few rows more."
        )
    yield "Nothing was touched. Next: publisher release"


def _forecast(each: Forecast) -> Iterator[str]:
    counts = "exact counts" if each.rounding_base == 1 else f"rounded to {each.rounding_base}"
    yield f"Withheld under the profile '{each.profile}' ({counts}), of {each.rows:,} rows:"
    if each.blocked:
        yield f"    the release would be blocked: {each.blocked}"
        return
    for rule in each.by_rule:
        yield f"    {rule.rows:>9,} by the rule '{rule.rule}'"
    if len(each.by_rule) > 1:
        yield f"    {each.by_any_rule:>9,} by any of these rules"
    yield f"    {each.withheld_earlier:>9,} because an earlier release withheld them"
    yield f"    {each.to_protect:>9,} to protect those"
    yield f"    {each.groups_withheld:>9,} groups of pupils, those of withheld rows among them"
    if each.topics_not_shown:
        yield f"    not shown anywhere: {', '.join(each.topics_not_shown)}"
    for one in each.withheld:
        yield (
            f"    {one.data_set}, {one.geographic_level.lower()}: {one.withheld:,} of "
            f"{one.rows:,} rows ({_percent(one.withheld, one.rows)})"
        )


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}%" if whole else "none"
