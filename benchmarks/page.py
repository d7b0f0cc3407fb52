"""Writes docs/performance.md, one section for each thing measured; the others stay."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Sequence

from measuring import PROJECT, Measured

REPORT = PROJECT / "docs" / "performance.md"
INTRODUCTION = """\
# Performance

Each command run once unless a section says otherwise, as a whole process from start to exit, with
the program's own start-up in it. Peak memory is the largest sum of the resident sets of the process
and those that it starts.
"""


def write_section(title: str, about: Sequence[str], tables: Sequence[str]) -> str:
    """Put a section in its place on the page, or at the end; give its text.

    `about` is what was measured, `tables` are paragraphs below it.
    """
    sections = _sections()
    facts = [f"machine: {_machine()}", f"commit: {_commit()}", *about]
    parts = ["\n".join(f"- {each}" for each in facts), *tables]
    sections[title] = "\n\n".join(parts) + "\n"
    text = INTRODUCTION + "".join(f"\n## {name}\n\n{body}" for name, body in sections.items())
    REPORT.write_text(text, encoding="utf-8")
    return sections[title]


def _sections() -> dict[str, str]:
    text = REPORT.read_text(encoding="utf-8") if REPORT.exists() else ""
    parts = re.split(r"^## (.+)\n", text, flags=re.MULTILINE)[1:]
    titles, bodies = parts[::2], parts[1::2]
    return {title: body.strip("\n") + "\n" for title, body in zip(titles, bodies, strict=True)}


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; only the first column is text."""
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return (
        "\n".join(f"| {' | '.join(line)} |" for line in lines)
        .replace("| ---", "|---")
        .replace("--- |", "---|")
        .replace("---: |", "---:|")
    )


def commands_table(measured: Sequence[Measured]) -> str:
    """What each command took."""
    return table(
        ["command", "rows", *TAKEN], [[each.name, each.rows, *taken(each)] for each in measured]
    )


TAKEN = ("seconds", "processor seconds", "peak memory (MiB)")


def taken(each: Measured) -> list[str]:
    """The cells of the columns `TAKEN`."""
    return [f"{each.seconds:.1f}", f"{each.processor_seconds:.1f}", f"{each.peak_mebibytes:,}"]


def _commit() -> str:
    """The commit measured, and whether the tree differs from it."""
    ask = ["git", "-C", str(PROJECT)]
    head = subprocess.run([*ask, "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    dirty = subprocess.run([*ask, "status", "--porcelain"], capture_output=True, text=True)
    changes = [line for line in dirty.stdout.splitlines() if "performance.md" not in line]
    return head.stdout.strip() + (" with uncommitted changes" if changes else "")


def _machine() -> str:
    """Processor count, memory and interpreter."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GiB, "
        f"{platform.system()}, Python {platform.python_version()}"
    )
