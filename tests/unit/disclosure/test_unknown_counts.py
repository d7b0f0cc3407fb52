"""What nobody knows is not available, also where rates of all schools are weighted."""

from __future__ import annotations

import numpy as np
import pandas as pd

from publisher.catalogue.data_sets import PERSISTENT_ABSENCE_SET
from publisher.disclosure.figures import STATUSES, Figures, weights_of
from publisher.model.definitions import Count, Rate
from publisher.model.status import CellStatus

PHASES = ("Primary", "Secondary", "All schools")
NOT_AVAILABLE, SHOWN, WITHHELD = (
    CellStatus.NOT_AVAILABLE,
    CellStatus.SHOWN,
    CellStatus.WITHHELD,
)


def _figures(*, weighted: bool, withheld: int | None = None) -> Figures:
    counts = pd.DataFrame(
        {"location": "E92000001", "education_phase": PHASES, "period": "p"}
        | dict.fromkeys(["persistently_absent", "severely_absent"], pd.NA)
        | {"total_enrolments": pd.NA}
    )
    for name, value in (("persistently_absent", 100), ("total_enrolments", 1000)):
        counts[name] = pd.array([pd.NA, value, pd.NA], dtype="Int64")
    census = counts[["location", "education_phase"]].assign(pupils=5000)
    hidden = np.arange(3) == (-1 if withheld is None else withheld)
    weights = weights_of(counts, census) if weighted else None
    return Figures(PERSISTENT_ABSENCE_SET, counts, hidden, 10, weights)


def _statuses(figures: Figures, figure: Count | Rate) -> list[CellStatus]:
    return [STATUSES[code] for code in figures.column(figure, np.zeros(3, bool)).status]


def test_counts_and_rates_are_not_available() -> None:
    rate = Rate("persistently_absent", "total_enrolments")
    for weighted in (False, True):
        figures = _figures(weighted=weighted)
        for figure in (Count("persistently_absent"), rate):
            assert _statuses(figures, figure) == [NOT_AVAILABLE, SHOWN, NOT_AVAILABLE]
            values = figures.column(figure, np.zeros(3, bool)).values
            assert np.isnan(values).tolist() == [True, False, True]


def test_withheld_comes_before_not_available() -> None:
    figures = _figures(weighted=False, withheld=0)
    assert _statuses(figures, Count("persistently_absent"))[0] is WITHHELD
