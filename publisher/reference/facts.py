"""Reads the packaged tables."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files


@cache
def read_facts(name: str) -> tuple[dict[str, str], ...]:
    """The rows of `publisher/reference/<name>.csv`, every value as text.

    Raises:
        FileNotFoundError: there is no such table.
    """
    text = files(__package__).joinpath(f"{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))
