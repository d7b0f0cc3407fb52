"""Which rows and columns each table of the workbook has."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from publisher.model.definitions import Level
from publisher.model.phases import EDUCATION_PHASES
from publisher.model.stages import ProtectedTable
from publisher.model.time import WEEK, YEAR_TO_DATE
from publisher.render.edition import Edition
from publisher.render.tabulation import Column, Layout

_AREA = ("geographic_level", "region_code", "region_name")
_AUTHORITY = ("la_name", "new_la_code", "region_name")
_MAIN_RATES = ("Overall attendance", "Overall absence")
_ABSENT = ("Persistent absence", "Severe absence")
_TOTAL = {"absence_type": "Total pupils"}


def reason_words(reason: str) -> str:
    """`Illness (i)` as a heading: `Illness, code I`."""
    return re.sub(r" \((\w+)\)$", lambda code: f", code {code[1].upper()}", reason)


def _rates(edition: Edition) -> list[Column]:
    return [
        Column(f"{reason_words(each)} (%)", "session_percent", {"attendance_reason": each})
        for each in edition.publication.table_reasons
    ]


def _rates_by_phase() -> list[Column]:
    return [
        Column(
            f"{rate}: {phase} (%)",
            "session_percent",
            {"attendance_reason": rate, "education_phase": phase},
        )
        for rate in _MAIN_RATES
        for phase in EDUCATION_PHASES
    ]


def _latest(edition: Edition) -> dict[str, Sequence[str]]:
    week = edition.scope.week
    return {"time_period": [str(week.year)], "time_identifier": [week.identifier]}


def _rank(words: Sequence[str], word: str) -> int:
    return words.index(word) if word in words else len(words)


def england(edition: Edition, _table: ProtectedTable) -> Layout:
    """England by phase: the latest week, then the year to date."""
    frames = (WEEK, YEAR_TO_DATE)
    return Layout(
        where={
            **_latest(edition),
            "geographic_level": [Level.NATIONAL.value],
            "time_frame": frames,
        },
        keys=("education_phase", "time_frame"),
        columns=_rates(edition),
        order=lambda key: (_rank(frames, key[1]), _rank(EDUCATION_PHASES, key[0])),
    )


def regions(edition: Edition, table: ProtectedTable) -> Layout:
    """As `england`, for England and each region, in order of region codes."""
    base = england(edition, table)
    return Layout(
        where={**base.where, "geographic_level": [Level.NATIONAL.value, Level.REGIONAL.value]},
        keys=(*_AREA, *base.keys),
        columns=base.columns,
        order=lambda key: (key[1], *base.order(key[3:])),
    )


def authorities(time_frame: str) -> Callable[[Edition, ProtectedTable], Layout]:
    """One row per authority by name, rates of each phase beside one another."""

    def layout(edition: Edition, _table: ProtectedTable) -> Layout:
        return Layout(
            where={
                **_latest(edition),
                "geographic_level": [Level.LOCAL_AUTHORITY.value],
                "time_frame": [time_frame],
            },
            keys=_AUTHORITY,
            columns=_rates_by_phase(),
            order=lambda key: (key[0], key[1]),
        )

    return layout


def weekly(edition: Edition, _table: ProtectedTable) -> Layout:
    """England by phase, week after week."""
    ranks = {
        (each.time_period, each.time_identifier): each.last_day.toordinal()
        for each in edition.scope.periods
        if each.time_frame == WEEK
    }
    return Layout(
        where={"geographic_level": [Level.NATIONAL.value], "time_frame": [WEEK]},
        keys=("time_period", "time_identifier", "education_phase"),
        columns=_rates(edition),
        order=lambda key: (ranks[key[0], key[1]], _rank(EDUCATION_PHASES, key[2])),
    )


def schools(edition: Edition, _table: ProtectedTable) -> Layout:
    """Numbers of schools in the latest week, for England and each region."""
    return Layout(
        where={
            **_latest(edition),
            "geographic_level": [Level.NATIONAL.value, Level.REGIONAL.value],
            "time_frame": [WEEK],
        },
        keys=(*_AREA, "education_phase"),
        columns=[
            Column("Number of schools submitting", "school_submitted_count", {}),
            Column("Number of schools", "school_all_count", {}),
        ],
        order=lambda key: (key[1], _rank(EDUCATION_PHASES, key[3])),
    )


def persistent(_edition: Edition, table: ProtectedTable) -> Layout:
    """Persistent and severe absence, year to date before terms, England and regions."""
    frames = {each.column: each.items for each in table.data_set.filters}["time_frame"]
    absent = [
        Column(f"{item} ({unit})", name, {"absence_type": item})
        for item in _ABSENT
        for name, unit in (("enrolments_count", "number"), ("enrolments_percent", "%"))
    ]
    return Layout(
        where={"geographic_level": [Level.NATIONAL.value, Level.REGIONAL.value]},
        keys=(*_AREA, "education_phase", "time_frame"),
        columns=[
            *absent,
            Column("All pupil enrolments (number)", "enrolments_count", _TOTAL),
        ],
        order=lambda key: (key[1], _rank(frames, key[4]), _rank(EDUCATION_PHASES, key[3])),
    )
