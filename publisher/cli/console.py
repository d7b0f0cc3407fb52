"""Progress on standard error, results on standard output."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from publisher.errors import PublisherError
from publisher.model.progress import Advance, Silent
from publisher.model.progress import Progress as ProgressPort

VISIBLE_AFTER_SECONDS = 2.0


class Bars:
    """One progress bar for each stage that lasts longer than two seconds; a line when it ends."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @contextmanager
    def stage(self, name: str, total: int) -> Iterator[Advance]:
        """Show `name` until the block ends; call the yielded function with the steps done."""
        started = time.monotonic()
        bar = Progress(
            TextColumn("{task.description:<28}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
        )
        task = bar.add_task(name, total=max(total, 1))

        def advance(steps: int) -> None:
            bar.advance(task, steps)
            if time.monotonic() - started > VISIBLE_AFTER_SECONDS:
                bar.start()

        try:
            yield advance
        finally:
            bar.stop()
        self._console.print(f"{name:<44}{time.monotonic() - started:7.1f} s", highlight=False)


def progress() -> ProgressPort:
    """Bars on a terminal, silence in a pipe."""
    console = Console(stderr=True)
    return Bars(console) if console.is_terminal else Silent()


def show(text: str) -> None:
    """Print a result for people on standard output."""
    sys.stdout.write(text.rstrip("\n") + "\n")


def show_json(value: Any) -> None:
    """Print a result for machines on standard output."""
    show(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def on_a_terminal() -> bool:
    """Whether a person is looking at standard output."""
    return sys.stdout.isatty()


def note(text: str) -> None:
    """Tell something that is not the result, on standard error."""
    sys.stderr.write(text.rstrip("\n") + "\n")


def explain(error: PublisherError) -> None:
    """Say what was found and what to do about it, on standard error."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print("[bold red]Stopped:[/] ", end="")
    console.print(error.found, markup=False)
    if error.advice:
        console.print(error.advice, markup=False)
