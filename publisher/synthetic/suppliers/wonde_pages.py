"""Writes records as numbered pages, each of which says whether more follow."""

from __future__ import annotations

import json
from pathlib import Path
from types import TracebackType
from typing import Self

RECORDS_PER_PAGE = 5_000


class PageWriter:
    """Collects records; the last page is written when the block ends."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._records: list[object] = []
        self._number = 1

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._write(more=False)

    def add(self, record: object) -> None:
        """Add a record to the current page, or begin the next."""
        if len(self._records) == RECORDS_PER_PAGE:
            self._write(more=True)
        self._records.append(record)

    def _write(self, *, more: bool) -> None:
        pagination = {
            "next": f"{self._number + 1:06d}.json" if more else None,
            "previous": None,
            "more": more,
            "per_page": RECORDS_PER_PAGE,
            "current_page": self._number,
        }
        page = {"data": self._records, "meta": {"pagination": pagination}}
        path = self._folder / f"{self._number:06d}.json"
        path.write_text(json.dumps(page, ensure_ascii=False), encoding="utf-8")
        self._records, self._number = [], self._number + 1
