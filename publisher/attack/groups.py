"""Groups of pupils: which items of which topics add up to which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from publisher.attack.series import CROSSED_TOPICS, NESTED_TOPICS, wholes_of_groups

_TOTAL_GROUPS = ("Total", "All pupils", "All")

Sums = Mapping[str, Sequence[tuple[str, ...]]]
"""Total -> each way in which it is divided."""


def group_sums(items: set[str]) -> Sums:
    """The sums among items written `topic|item`.

    The items of every topic add up to the total. Of crossed topics the pairs add up to the items
    of both, and of nested topics the parts to their whole; their totals then follow.
    """
    totals = sorted(each for each in items if each.split("|")[-1] in _TOTAL_GROUPS)
    topics: dict[str, list[str]] = {}
    for each in sorted(items - set(totals)):
        topics.setdefault(each.split("|", maxsplit=1)[0], []).append(each)
    found = {total: [tuple(each) for each in topics.values()] for total in totals}
    for total, parts in (*_crossed(topics), *_nested(topics)):
        found.setdefault(total, []).append(parts)
    return found


def families(items: Sequence[str]) -> list[tuple[str, ...]]:
    """Topics that tell something about one another, finest topic last; others alone."""
    topics = sorted({each.split("|", maxsplit=1)[0] for each in items})
    tied: list[tuple[str, ...]] = [(*wide, fine) for fine, wide in CROSSED_TOPICS.items()]
    tied += [(wide, fine) for fine, wide in NESTED_TOPICS.items()]
    found: list[tuple[str, ...]] = [tuple(each for each in some if each in topics) for some in tied]
    rest = [each for each in topics if not any(each in some for some in found)]
    return [each for each in (*found, *((one,) for one in rest)) if each]


def _crossed(topics: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for crossed, (one, other) in CROSSED_TOPICS.items():
        if not all(each in topics for each in (crossed, one, other)):
            continue
        pairs = set(topics[crossed])
        mine, theirs = ([each.split("|", maxsplit=1)[1] for each in topics[n]]
                        for n in (one, other))  # fmt: skip
        named = {(a, b): f"{crossed}|{a}, {b}" for a in mine for b in theirs}
        if set(named.values()) != pairs:
            continue
        for a in mine:
            yield f"{one}|{a}", tuple(named[a, b] for b in theirs)
        for b in theirs:
            yield f"{other}|{b}", tuple(named[a, b] for a in mine)


def _nested(topics: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for fine, wide in NESTED_TOPICS.items():
        if fine not in topics or wide not in topics:
            continue
        whole = wholes_of_groups()[fine]
        named = {each: each.split("|", maxsplit=1)[1] for each in topics[fine]}
        if not set(named.values()) <= set(whole):
            continue
        for total in topics[wide]:
            item = total.split("|", maxsplit=1)[1]
            parts = tuple(each for each, words in named.items() if whole[words] == item)
            if parts:
                yield total, parts
