"""Writes an invented feed in the shape of a supplier: the same schools, pupils and marks."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from publisher.errors import UsageProblem
from publisher.model.progress import Progress
from publisher.synthetic.design import FeedDesign, FeedSummary
from publisher.synthetic.generate import generate_feed
from publisher.synthetic.pilot import generate_pilot_feed
from publisher.synthetic.suppliers.wonde import is_wonde_folder, write_wonde
from publisher.synthetic.writing import folder_in_place

LARGEST_SCALE = 0.05
"""Above it, a feed in words rather than columns is too large to be of use."""

Shape = tuple[Callable[[Path, Path, Progress], None], Callable[[Path], bool]]
"""Turns a feed of tables into its own shape; tells whether a folder is of its shape."""

_SHAPES: Mapping[str, Shape] = {"wonde": (write_wonde, is_wonde_folder)}
_GENERATORS = {"tables": generate_feed, "pilot": generate_pilot_feed}


def generate_shaped(supplier: str, design: FeedDesign, progress: Progress) -> FeedSummary:
    """Write the feed of a design in the shape of `supplier`: tables, wonde or pilot.

    Raises:
        UsageProblem: the design is impossible or too large, or `design.out` holds something else.
    """
    if supplier in _GENERATORS:
        return _GENERATORS[supplier](design, progress)
    return _reshaped(supplier, design, progress)


def _reshaped(supplier: str, design: FeedDesign, progress: Progress) -> FeedSummary:
    write, is_ours = _SHAPES[supplier]
    if design.scale > LARGEST_SCALE:
        raise UsageProblem(
            f"A feed in the shape of {supplier} cannot have the scale {design.scale}",
            f"Choose at most {LARGEST_SCALE}, or --supplier tables.",
        )
    out = design.out
    if out.exists() and not is_ours(out) and (not out.is_dir() or any(out.iterdir())):
        raise UsageProblem(
            f"{out} holds something that is not a feed of this shape",
            "Choose an empty or new folder; only an earlier feed is replaced.",
        )
    with folder_in_place(out) as folder, tempfile.TemporaryDirectory(dir=folder.parent) as room:
        tables = Path(room) / "tables"
        summary = generate_feed(replace(design, out=tables), progress)
        write(tables, folder, progress)
    return summary
