"""`datapackage.json`: what the files are, for programs (Data Package 2.0, datapackage.org)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from publisher.model.definitions import DataSet, Indicator, IndicatorUnit
from publisher.model.progress import Progress
from publisher.model.stages import ProtectedTable
from publisher.render.checksums import sha256_of
from publisher.render.columns import key_columns, used_items
from publisher.render.edition import DATA_FOLDER, Edition
from publisher.render.parquet_files import holds_dates
from publisher.render.symbols import SYMBOLS

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
DATA_PACKAGE_FILE = "datapackage.json"

Described = dict[str, Any]


def write_data_package(edition: Edition, public: Path, progress: Progress) -> None:
    """Write `datapackage.json`, which describes the CSV files; they must have been written."""
    with progress.stage("Describing the files", len(edition.tables)) as advance:
        resources = []
        for table in edition.tables:
            resources.append(_resource(edition, table, public))
            advance(1)
    described = {**_package(edition), "resources": resources}
    text = json.dumps(described, indent=2, sort_keys=True, ensure_ascii=False)
    (public / DATA_PACKAGE_FILE).write_bytes(f"{text}\n".encode())


def _package(edition: Edition) -> Described:
    publication = edition.publication
    licence = publication.licence
    return {
        "$schema": PROFILE,
        "name": edition.stem,
        "title": f"{publication.title}: {edition.title}",
        "description": publication.summary,
        "version": edition.scope.week.slug,
        "published": edition.published_at.isoformat(),
        "licenses": [{"name": licence.code, "title": licence.title, "path": licence.url}],
        "contributors": [
            {
                "title": publication.producer,
                "email": publication.contact.email,
                "roles": ["publisher"],
            }
        ],
    }


def _resource(edition: Edition, table: ProtectedTable, public: Path) -> Described:
    data_set = table.data_set
    path = public / DATA_FOLDER / f"{data_set.name}.csv"
    return {
        "name": data_set.name,
        "path": f"{DATA_FOLDER}/{path.name}",
        "title": data_set.title,
        "description": data_set.summary,
        "type": "table",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "lineTerminator": "\n", "quoteChar": '"', "header": True},
        "bytes": path.stat().st_size,
        "hash": f"sha256:{sha256_of(path)}",
        "schema": _schema(edition, table),
    }


def _schema(edition: Edition, table: ProtectedTable) -> Described:
    data_set = table.data_set
    labels = {each.column: each.label for each in data_set.filters}
    keys = [_key_field(table, column, labels.get(column)) for column in key_columns(data_set)]
    shown = [_figure_field(edition, data_set, each) for each in data_set.indicators]
    symbols = [{"value": each.letters, "label": each.meaning} for each in SYMBOLS.values()]
    return {
        "fields": [*keys, *shown],
        "fieldsMatch": "equal",
        "missingValues": [{"value": "", "label": "does not apply to this row"}, *symbols],
        "uniqueKeys": [list(key_columns(data_set))],
    }


def _key_field(table: ProtectedTable, column: str, label: str | None) -> Described:
    field: Described = {"name": column, "type": "string"}
    if label:
        field |= {"title": label, "categories": list(used_items(table, column))}
    return field


def _figure_field(edition: Edition, data_set: DataSet, indicator: Indicator) -> Described:
    field: Described = {
        "name": indicator.column,
        "title": indicator.label,
        "type": _type(edition, data_set, indicator),
    }
    if indicator.unit is IndicatorUnit.PERCENT:
        field["unit"] = indicator.unit.value
    return field


def _type(edition: Edition, data_set: DataSet, indicator: Indicator) -> str:
    if holds_dates(data_set, indicator):
        return "date"
    if indicator.unit is IndicatorUnit.TEXT:
        return "string"
    return "number" if edition.decimals(indicator) else "integer"
