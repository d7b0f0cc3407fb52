"""Options that every command takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from publisher.errors import UsageProblem

if TYPE_CHECKING:
    from publisher.config import Config

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True)
class Shared:
    """Where the settings, the store and the releases are."""

    config: Path = Path("config.yaml")
    store: Path | None = None
    output: Path | None = None
    as_json: bool = False

    def load(self) -> Config:
        """Read the configuration file and apply `--store` and `--output` over it."""
        from publisher.config import load_config  # noqa: PLC0415  (slow to import)

        chosen = {"store": self.store, "output": self.output}
        update = {name: path.resolve() for name, path in chosen.items() if path is not None}
        return load_config(self.config).model_copy(update=update)


_FOLDER = click.Path(file_okay=False, path_type=Path)

_SHARED: tuple[Callable[[Command], Command], ...] = (
    click.option(
        "--config",
        type=click.Path(dir_okay=False, path_type=Path),
        help="Settings file.  [default: config.yaml]",
    ),
    click.option("--store", type=_FOLDER, help="Store folder, instead of the one in the settings."),
    click.option(
        "--output", type=_FOLDER, help="Release folder, instead of the one in the settings."
    ),
    click.option("--json", "as_json", is_flag=True, help="Print the result as JSON."),
)


def shared_options(command: Command) -> Command:
    """Give a command `--config`, `--store`, `--output` and `--json`."""
    for option in reversed(_SHARED):
        command = option(command)
    return command


def shared(context: click.Context, given: dict[str, Any]) -> Shared:
    """Take the shared options out of `given`; what it leaves out, the group may have said."""
    outer: dict[str, Any] = context.find_root().params if context.parent else {}
    names = ("config", "store", "output", "as_json")
    taken = {name: given.pop(name, None) or outer.get(name) for name in names}
    return Shared(**{name: value for name, value in taken.items() if value})


class Timestamp(click.ParamType[datetime]):
    """A moment: 2025-11-07T1830, 2025-11-07T18:30, or 2025-11-07 for the end of that day."""

    name = "timestamp"

    def convert(
        self, value: Any, _param: click.Parameter | None, _context: click.Context | None
    ) -> datetime:
        """Read the moment.

        Raises:
            UsageProblem: the text is not a moment.
        """
        if isinstance(value, datetime):
            return value
        for form in ("%Y-%m-%dT%H%M", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"):
            try:
                return datetime.strptime(value, form)  # noqa: DTZ007  (local civil time throughout)
            except ValueError:
                continue
        try:
            day = datetime.strptime(value, "%Y-%m-%d")  # noqa: DTZ007  (local civil time)
        except ValueError:
            raise UsageProblem(
                f"'{value}' is not a moment", "Write it as 2025-11-07T1830."
            ) from None
        return day.replace(hour=23, minute=59, second=59)
