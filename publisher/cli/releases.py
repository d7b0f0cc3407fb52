"""Finding a release by name or by folder."""

from __future__ import annotations

from pathlib import Path

from publisher.errors import UsageProblem
from publisher.release.manifest import MANIFEST


def find_release(output: Path, name: str) -> Path:
    """The folder of a release: `name` below `output`, or a folder of its own.

    Raises:
        UsageProblem: there is no such release; the message names those there are.
    """
    for folder in (output / name, Path(name)):
        if (folder / MANIFEST).is_file():
            return folder
    known = sorted(path.parent.name for path in output.glob(f"*/{MANIFEST}"))
    advice = f"Releases in {output}: {', '.join(known)}." if known else "Run: publisher release"
    raise UsageProblem(f"There is no release '{name}'", advice)
