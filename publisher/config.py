"""config.yaml -> frozen settings, one group per stage.

What differs between two runs of the same publication. An unknown key, a wrong type or an
impossible value is an error that says file, line and column, and what was probably meant.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError

from publisher.aggregate.settings import EngineSettings, MethodSettings
from publisher.checks.settings import CheckSettings
from publisher.disclosure.settings import Policy
from publisher.errors import ConfigProblem
from publisher.feed.settings import FeedSettings
from publisher.render.settings import PublicationSettings
from publisher.store.settings import StoreSettings

Location = tuple[int | str, ...]


class Config(BaseModel):
    """All settings of a run. Folders are resolved against the folder of the configuration file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    store: Path = Field(Path("store"), description="Folder of the store, created by ingest")
    output: Path = Field(Path("output"), description="Folder that releases are written to")
    key_file: Path = Field(
        Path(".publisher-key"),
        description="File with the pseudonym key, used when PUBLISHER_KEY is not set",
    )
    templates: Path | None = Field(None, description="Folder of page templates; blank: our own")
    expectations: Path | None = Field(
        None, description="Folder of expectation files; blank: our own"
    )
    publication: PublicationSettings = Field(
        default_factory=PublicationSettings, description="What the pages and files say"
    )
    feed: FeedSettings = Field(default_factory=FeedSettings, description="What intake accepts")
    intake: StoreSettings = Field(
        default_factory=StoreSettings, description="How the store is written"
    )
    method: MethodSettings = Field(
        default_factory=MethodSettings, description="Which days and areas are counted"
    )
    engine: EngineSettings = Field(
        default_factory=EngineSettings, description="Memory and processors of the aggregation"
    )
    disclosure: Policy = Field(
        default_factory=Policy, description="The disclosure policy; there is no off switch"
    )
    checks: CheckSettings = Field(
        default_factory=CheckSettings, description="How strictly the outputs are checked"
    )

    @property
    def templates_in_force(self) -> Path:
        """The folder of templates: the one set, or our own."""
        return self.templates or _own("templates")

    @property
    def expectations_in_force(self) -> Path:
        """The folder of expectations: the one set, or our own."""
        return self.expectations or _own("expectations")


def _own(name: str) -> Path:
    """A folder that stands at the top of the project, or is packed into the wheel."""
    package = Path(__file__).parent
    packed = package / "bundled" / name
    return packed if packed.is_dir() else package.parent / name


def load_config(path: Path) -> Config:
    """Read and validate a configuration file.

    Raises:
        ConfigProblem: the file is missing or not YAML, or a setting is unknown, of the wrong
            type, given twice or impossible; one line per problem with file, line and column.
    """
    tree = _read_yaml(path)
    try:
        config = Config.model_validate(_plain(tree))
    except ValidationError as error:
        problems = [_problem(path, tree, each) for each in error.errors()]
        raise ConfigProblem("\n".join(problems), _ADVICE) from None
    return _resolved(config, path.resolve().parent)


_ADVICE = "Every setting is described in config.yaml and docs/configuration.md."


def _read_yaml(path: Path) -> CommentedMap:
    if not path.is_file():
        raise ConfigProblem(
            f"There is no configuration file {path}",
            "Run from the project's folder, or name the file with --config.",
        )
    try:
        tree = YAML(typ="rt").load(path.read_text(encoding="utf-8"))
    except MarkedYAMLError as error:
        raise ConfigProblem(_yaml_problem(path, error), "Check the indentation.") from None
    except UnicodeDecodeError:
        raise ConfigProblem(f"{path} is not UTF-8 text", "Save it as UTF-8.") from None
    if tree is None:
        return CommentedMap()
    if not isinstance(tree, CommentedMap):
        raise ConfigProblem(f"{path}:1:1: settings must be written as 'name: value'", _ADVICE)
    return tree


def _yaml_problem(path: Path, error: MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    where = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
    first_line = str(error.problem or error.context or "not readable as YAML").splitlines()[0]
    return f"{where}: {first_line}"


def _plain(tree: Any) -> Any:  # noqa: ANN401  (YAML holds anything)
    if isinstance(tree, Mapping):
        return {str(key): _plain(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_plain(value) for value in tree]
    return tree


def _problem(path: Path, tree: CommentedMap, error: Any) -> str:  # noqa: ANN401  (pydantic's own)
    location: Location = error["loc"]
    line, column = _position(tree, location, at_key=error["type"] == "extra_forbidden")
    name = ".".join(str(part) for part in location)
    words = "there is no such setting" if error["type"] == "extra_forbidden" else error["msg"]
    return f"{path}:{line}:{column}: {name}: {words}{_suggestion(location, error)}"


def _position(tree: CommentedMap, location: Location, *, at_key: bool) -> tuple[int, int]:
    """Line and column, from 1, of a setting: of its name, or of its value."""
    line, column, node = 1, 1, tree
    for depth, part in enumerate(location):
        known = isinstance(node, CommentedMap) and part in node
        if not known and not (isinstance(node, list) and isinstance(part, int)):
            break
        last = depth == len(location) - 1
        zero = node.lc.key(part) if at_key and last and known else node.lc.data[part][-2:]
        line, column = zero[0] + 1, zero[1] + 1
        node = node[part]
    return line, column


def _suggestion(location: Location, error: Any) -> str:  # noqa: ANN401  (pydantic's own)
    if error["type"] == "extra_forbidden":
        known = list(_model_at(location[:-1]).model_fields)
        close = difflib.get_close_matches(str(location[-1]), known, n=1, cutoff=0.5)
        return f". Did you mean '{close[0]}'?" if close else f". Known: {', '.join(known)}."
    return ""


def _model_at(location: Location) -> type[BaseModel]:
    """The settings class that a path of names leads to."""
    model: type[BaseModel] = Config
    for part in location:
        field = model.model_fields.get(str(part))
        inner = list(_classes(field.annotation)) if field else []
        model = next((each for each in inner if issubclass(each, BaseModel)), model)
    return model


def _classes(annotation: Any) -> Iterator[type]:  # noqa: ANN401  (any annotation)
    if isinstance(annotation, type):
        yield annotation
    for each in get_args(annotation):
        yield from _classes(each)


def settings_reference() -> str:
    """docs/configuration.md: every setting with its default and meaning, as Markdown."""
    lines = [
        "# Settings of config.yaml",
        "",
        "Folders are resolved against the folder of the file. An unknown setting stops the run.",
        "Written by `python -m publisher.config`.",
        "",
        "| setting | default | meaning |",
        "|---|---|---|",
        *_setting_rows(Config, ""),
    ]
    return "\n".join(lines) + "\n"


def _setting_rows(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _setting_rows(inner, f"{prefix}{name}.")
            continue
        default = field.get_default(call_default_factory=True, validated_data={})
        shown = "(a list)" if isinstance(default, tuple) and default else default
        yield f"| `{prefix}{name}` | {_as_text(shown)} | {field.description} |"


def _as_text(default: object) -> str:
    empty = default is None or default in ((), "")
    return "" if empty else f"`{default}`"


def _resolved(config: Config, folder: Path) -> Config:
    def absolute(path: Path | None) -> Path | None:
        return None if path is None else folder / path

    names = ("store", "output", "key_file", "templates", "expectations")
    return config.model_copy(update={name: absolute(getattr(config, name)) for name in names})


if __name__ == "__main__":
    sys.stdout.write(settings_reference())
