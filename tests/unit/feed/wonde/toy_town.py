"""A supplier over HTTP with two schools, and a store to pull into."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from publisher.feed.settings import FeedSettings, SupplierSettings
from publisher.feed.wonde.state import STATE_FILE, read_state
from publisher.feed.wonde.supplier import SupplierFeed, pull_from
from publisher.model.intake import IngestReport
from publisher.model.progress import Silent
from publisher.reference.sharing import SharingRule
from publisher.store.store import Store
from publisher.synthetic.suppliers.server import Supplier, serving
from tests.unit.feed.wonde.toy_pulls import FIRST, ingest, student, whole_day, write_pull

TOKEN = "tok-3f9a-canary"
MONDAY, TUESDAY = "2025-11-03", "2025-11-04"
ELSEWHERE = (100002, "S3", MONDAY)


@dataclass
class Town:
    """A supplier with two schools, a store, and how long the client slept."""

    folder: Path
    store: Store
    supplier: Supplier
    address: str
    slept: list[float] = field(default_factory=list)
    per_page: int = 2
    unknown_code_percent: int = 100
    sharing: SharingRule = field(default_factory=SharingRule)

    @property
    def store_folder(self) -> Path:
        return self.folder / "store"

    def pull(self) -> SupplierFeed:
        settings = FeedSettings(
            unknown_code_percent=self.unknown_code_percent,
            supplier=SupplierSettings(records_per_page=self.per_page),
        )
        return pull_from(
            self.address,
            settings,
            self.store_folder,
            Silent(),
            sleep=self.slept.append,
            sharing=self.sharing,
            kept_out=self.store.kept_out(),
        )

    def ingest(self) -> IngestReport:
        return self.take_in(self.pull())

    def take_in(self, pulled: SupplierFeed) -> IngestReport:
        return ingest(pulled, self.store)

    def memory(self) -> bytes:
        return (self.store_folder / STATE_FILE).read_bytes()

    def known_schools(self) -> list[str]:
        schools = read_state(self.store_folder, self.address).schools
        return sorted(name for name, each in schools.items() if each.asked_until)

    def advance(self, name: str) -> None:
        """Let the pull of this name have happened, and its minute passed."""
        moments = {path.name: moment for path, moment in zip(
            self.supplier.catalogue._pulls, self.supplier.catalogue.moments, strict=True
        )}  # fmt: skip
        self.supplier.clock = moments[name] + timedelta(minutes=1)


def write_town(source: Path) -> None:
    write_pull(
        source,
        students=[student("S1"), student("S2"), student("S3", school="A2")],
        attendance=[
            *whole_day(),
            *whole_day(student="S2"),
            *whole_day(day=TUESDAY),
            *whole_day(student="S3", school="A2"),
        ],
    )


WHOLE = {
    (100001, "S1", MONDAY): ("/", "\\"),
    (100001, "S2", MONDAY): ("/", "\\"),
    (100001, "S1", TUESDAY): ("/", "\\"),
    ELSEWHERE: ("/", "\\"),
}

OpenTown = Callable[[Callable[[Path], object]], Town]


@contextmanager
def opened_town(
    folder: Path, write: Callable[[Path], object], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Town]:
    """A supplier with what `write_town` and `write` wrote, at the moment of its first pull."""
    monkeypatch.setenv("PUBLISHER_SUPPLIER_TOKEN", TOKEN)
    write_town(folder / "pulls")
    write(folder / "pulls")
    supplier = Supplier(folder / "pulls", TOKEN)
    with serving(supplier) as address:
        town = Town(folder, Store(folder / "store"), supplier, address)
        town.advance(FIRST)
        yield town
