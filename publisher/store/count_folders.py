"""Copies batches of counts into a new generation of the store, without rows that are to go."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from publisher.model.intake import STORED
from publisher.store.contents import COUNTS, Contents
from publisher.store.generations import linked
from publisher.store.manifests import MANIFEST, CountsManifest, described, manifest_text
from publisher.store.tables import TableWriter

_ACCOUNTS = ("counts", "on_roll")


@dataclass(frozen=True)
class CountFolders:
    """What may stay of the batches of counts, and what their accounts say of the rest.

    `kept` is about the columns `urn` and `date`, which each of their tables has.
    """

    kept: pc.Expression
    bucket: str
    compression_level: int

    def copy(self, contents: Contents, root: Path) -> Counter[str]:
        """Copy every batch of counts to `root`; table -> rows that are gone."""
        gone: Counter[str] = Counter()
        for path, manifest in contents.counts:
            gone.update(self._batch(path, manifest, root / COUNTS / path.name))
        return gone

    def _batch(self, path: Path, manifest: CountsManifest, target: Path) -> Counter[str]:
        tables = {file.name: pq.read_table(path / file.name) for file in manifest.files}
        kept = {name: table.filter(self.kept) for name, table in tables.items()}
        gone = Counter(
            {Path(name).stem: len(tables[name]) - len(table) for name, table in kept.items()}
        )
        if not gone.total():
            linked(path, target)
            return Counter()
        target.mkdir(parents=True)
        writer = TableWriter(target, self.compression_level)
        for name, table in kept.items():
            writer.write(name, table.schema, [table])
        files = tuple(described(target / name, rows) for name, rows in writer.rows.items())
        changed = {"files": files, **self._accounts(manifest, gone)}
        text = manifest_text(manifest.model_copy(update=changed))
        (target / MANIFEST).write_text(text, encoding="utf-8")
        return Counter({name: gone[name] for name in _ACCOUNTS if gone[name]})

    def _accounts(self, manifest: CountsManifest, gone: Counter[str]) -> dict[str, dict[str, int]]:
        """The accounts of a batch, which say that stored rows went to another bucket."""
        accounts = {}
        for name in _ACCOUNTS:
            known: dict[str, int] = getattr(manifest, name)
            moved = {**known, STORED: known.get(STORED, 0) - gone[name]}
            accounts[name] = {**moved, self.bucket: known.get(self.bucket, 0) + gone[name]}
        return accounts
