"""What the reader of somebody else's files declares: totals, rounding, rates (`--totals FILE`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from publisher.attack.series import OWN_FILTER_SUMS
from publisher.errors import UsageProblem

_ADVICE = (
    "It is YAML (or JSON): filters: {sex: {Total: [Boys, Girls]}}, rounding: 10, rates: "
    "{percent: {count: number, filter: group, of: Total}}, pupils: [headcount]."
)


@dataclass(frozen=True)
class DeclaredRate:
    """A column of shares: `count` of a row, of `count` where `filter` is `of` (or of a column)."""

    count: str
    of: str
    filter: str = ""


@dataclass(frozen=True)
class Declared:
    """What adds up to what, beyond measures, phases, areas, time and topics of a breakdown.

    filters: filter column -> total item -> its parts. rates: column of rates -> what it is of.
    pupils: columns that count pupils. rounding: base that counts are rounded to; 0 unknown.
    exact: counts are known not to be rounded.
    """

    filters: Mapping[str, Mapping[str, tuple[str, ...]]] = field(
        default_factory=lambda: OWN_FILTER_SUMS
    )
    rates: Mapping[str, DeclaredRate] = field(default_factory=lambda: MappingProxyType({}))
    pupils: tuple[str, ...] = ()
    rounding: int = 0


def read_declared(path: Path) -> Declared:
    """Read the file that says which items are totals of which.

    Raises:
        UsageProblem: it cannot be read or says something else.
    """
    try:
        found = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
        return _declared(found)
    except OSError:
        raise UsageProblem(f"{path} cannot be read", _ADVICE) from None
    except (YAMLError, UnicodeDecodeError, KeyError, TypeError, ValueError, AttributeError):
        raise UsageProblem(f"{path} does not say what is a total of what", _ADVICE) from None


def _declared(found: Mapping[str, Any]) -> Declared:
    unknown = set(found) - {"filters", "rates", "pupils", "rounding"}
    if unknown:
        raise ValueError(unknown)
    rates = found.get("rates", {})
    return Declared(
        filters={**OWN_FILTER_SUMS, **_filters(found.get("filters", {}))},
        rates={
            str(column): DeclaredRate(
                str(each["count"]), str(each["of"]), str(each.get("filter", ""))
            )
            for column, each in rates.items()
        },
        pupils=_items(found.get("pupils", [])),
        rounding=int(found.get("rounding", 0)),
    )


def _filters(found: Mapping[str, Any]) -> dict[str, dict[str, tuple[str, ...]]]:
    return {
        str(column): {str(total): _items(parts) for total, parts in sums.items()}
        for column, sums in found.items()
    }


def _items(parts: Any) -> tuple[str, ...]:  # noqa: ANN401  (whatever the file holds)
    if not isinstance(parts, list):
        raise TypeError(parts)
    return tuple(str(each) for each in parts)
