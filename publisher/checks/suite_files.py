"""Reads `expectations/<data_set>.json`, strictly: what is not understood stops the run.

Great Expectations drops an expectation of unknown type with no more than a line in a log, so the
files are read and validated here and compared with what the library made of them.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from ruamel.yaml import YAML

from publisher.errors import ConfigProblem
from publisher.model.stages import Severity

PARAMETER = "$PARAMETER"
_LOOSENING = ("mostly", "result_format", "catch_exceptions", "meta", "windows")
"""Arguments that would let failures through, or values out."""


class SuiteEntry(BaseModel):
    """One expectation as written in a file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: str = Field(description="Name of the expectation type, in snake case.")
    kwargs: dict[str, Any] = Field(description="Its arguments.")
    severity: Severity = Field(description="critical, warning or info.")
    notes: str = Field(min_length=20, description="What is expected and why, in plain English.")

    @field_validator("kwargs")
    @classmethod
    def _holds_for_all(cls, kwargs: dict[str, Any]) -> dict[str, Any]:
        for name in _LOOSENING:
            if name in kwargs:
                message = f"'{name}' is not allowed: an expectation here holds for every row"
                raise ValueError(message)
        return kwargs


class SuiteFile(BaseModel):
    """One file of expectations."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(description="Name of the data set: the same as the file's.")
    meta: dict[str, str] = Field(description="Anything worth saying about the whole file.")
    expectations: tuple[SuiteEntry, ...] = Field(min_length=1)


class Suite:
    """A file's expectations, and where each stands in it."""

    def __init__(self, source: str, text: str, contents: SuiteFile) -> None:
        self.source = source
        self.contents = contents
        self._text = text

    @property
    def entries(self) -> tuple[SuiteEntry, ...]:
        """The expectations, in the file's order."""
        return self.contents.expectations

    def problem(self, number: int, key: str, found: str, advice: str) -> ConfigProblem:
        """A problem with `key` of the expectation at `number`, with line and column."""
        where = _Positions(self._text).of(("expectations", number, key))
        return ConfigProblem(f"{self.source}{where}: {found}", advice)


def read_suites(
    folder: Path, data_sets: Collection[str], parameters: Collection[str]
) -> dict[str, Suite]:
    """All suites of `folder`, by data set.

    Raises:
        ConfigProblem: the folder is missing; a file is not valid, has no data set or has a
            parameter that is not in `parameters`; a data set has no file.
    """
    if not folder.is_dir():
        raise ConfigProblem(
            f"There is no folder of expectations at '{folder.name}'",
            "Every data set needs a file <data_set>.json in it.",
        )
    suites = {path.stem: read_suite(path) for path in sorted(folder.glob("*.json"))}
    for name in sorted(set(data_sets) - set(suites)):
        raise ConfigProblem(
            f"The data set '{name}' has no expectations",
            f"Write {folder.name}/{name}.json; the other files there show how.",
        )
    for name in sorted(set(suites) - set(data_sets)):
        raise ConfigProblem(
            f"{suites[name].source}: there is no data set called '{name}'",
            f"Known data sets: {', '.join(sorted(data_sets))}. Rename the file or remove it.",
        )
    for suite in suites.values():
        _refuse_unknown_parameters(suite, parameters)
    return suites


def read_suite(path: Path) -> Suite:
    """One file.

    Raises:
        ConfigProblem: it is not JSON, or not as `SuiteFile` says; with line and column.
    """
    source = f"{path.parent.name}/{path.name}"
    text = path.read_text(encoding="utf-8")
    contents = _validated(source, text, _parsed(source, text))
    if contents.name != path.stem:
        where = _Positions(text).of(("name",))
        raise ConfigProblem(
            f"{source}{where}: the name '{contents.name}' differs from the file's",
            f"Write '{path.stem}', or rename the file.",
        )
    return Suite(source, text, contents)


def _parsed(source: str, text: str) -> object:
    try:
        return json.loads(text, object_pairs_hook=_without_duplicates)
    except json.JSONDecodeError as problem:
        raise ConfigProblem(
            f"{source}:{problem.lineno}:{problem.colno}: this is not JSON ({problem.msg})",
            "Mend the file at this place; a comma or a quotation mark is often the cause.",
        ) from None
    except _DuplicateKey as problem:
        raise ConfigProblem(
            f"{source}: the key '{problem}' stands twice in the same place", "Keep one of them."
        ) from None


class _DuplicateKey(Exception):
    """JSON keeps the last of two equal keys and says nothing."""


def _without_duplicates(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        raise _DuplicateKey(next(key for key in keys if keys.count(key) > 1))
    return found


def _validated(source: str, text: str, parsed: object) -> SuiteFile:
    try:
        return SuiteFile.model_validate(parsed)
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_context=False)[0]
        where = _Positions(text).of(first["loc"])
        name = ".".join(str(part) for part in first["loc"])
        allowed = f"Keys of a file: {', '.join(SuiteFile.model_fields)}; of an expectation: "
        raise ConfigProblem(
            f"{source}{where}: {name}: {first['msg']}",
            allowed + f"{', '.join(SuiteEntry.model_fields)}.",
        ) from None


def _refuse_unknown_parameters(suite: Suite, parameters: Collection[str]) -> None:
    for number, entry in enumerate(suite.entries):
        for value in entry.kwargs.values():
            if not isinstance(value, Mapping) or PARAMETER not in value:
                continue
            if value[PARAMETER] not in parameters or len(value) > 1:
                raise suite.problem(
                    number,
                    "kwargs",
                    f"there is no parameter called '{value[PARAMETER]}'",
                    f"Known parameters: {', '.join(sorted(parameters))}.",
                )


class _Positions:
    """Lines and columns in a JSON text, which YAML's reader remembers (JSON is YAML)."""

    def __init__(self, text: str) -> None:
        self._document = YAML().load(text)

    def of(self, path: Sequence[str | int]) -> str:
        """`:line:column` of the deepest part of `path` that is in the document."""
        where, node = "", self._document
        for part in path:
            try:
                position = node.lc.key(part) if isinstance(part, str) else node.lc.item(part)
                node = node[part]
            except (AttributeError, KeyError, IndexError, TypeError):
                break
            line, column = position
            where = f":{line + 1}:{column + 1}"
        return where
