"""Opens the engine that the settings ask for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from publisher.aggregate.embedded import EmbeddedEngine, explained
from publisher.aggregate.engine import Engine
from publisher.aggregate.settings import EngineSettings
from publisher.aggregate.working_folder import working_folder
from publisher.errors import CouldNotRun


@contextmanager
def open_engine(
    settings: EngineSettings, scratch: Path | None = None, store: Path | None = None
) -> Iterator[Engine]:
    """The engine of the settings; its working files lie in a folder of their own in `scratch`.

    The folder is removed at the end, or by the next run where this one is killed. Without
    `scratch` the system's temporary folder is used.
    `store`: the folder that all files of the store lie in, for an engine that finds them elsewhere.

    Raises:
        CouldNotRun: the folder cannot be written, or the engine is not installed or does not
            accept its settings.
    """
    with ExitStack() as stack:
        try:
            path = stack.enter_context(working_folder(scratch))
        except OSError:
            raise CouldNotRun(
                "The folder for working files cannot be written", "Name a writable scratch folder."
            ) from None
        engine = _started(settings, path, store)
        try:
            yield engine
        finally:
            engine.close()


def _started(settings: EngineSettings, scratch: Path, store: Path | None) -> Engine:
    if settings.name == "spark":
        from publisher.aggregate.spark import SparkEngine  # noqa: PLC0415  (heavy, and optional)

        return SparkEngine(settings, scratch, store)
    with explained("the engine's settings", "Check memory_limit and threads."):
        return EmbeddedEngine(settings, scratch)
