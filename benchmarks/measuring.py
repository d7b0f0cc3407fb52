"""Runs a command of the program as a process of its own and says what it took."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
PROGRAM = Path(sys.executable).with_name("publisher")
KIBIBYTES_IN_MEBIBYTE = 1024
SAMPLED_EVERY_SECONDS = 0.2


@dataclass(frozen=True)
class Measured:
    """One command, run once as a process of its own, with the processes that it starts.

    `peak_mebibytes` is the largest sum of the resident sets of all of them, sampled every fifth
    of a second, and not less than the largest single one as the system kept it.
    """

    name: str
    rows: str
    seconds: float
    processor_seconds: float
    peak_mebibytes: int


def run(name: str, *arguments: str) -> tuple[Measured, dict[str, Any]]:
    """Run one command; give what it took and what it printed."""
    environment = {**os.environ, "PUBLISHER_KEY": "benchmark-key-not-a-secret"}
    started = time.monotonic()
    process = subprocess.Popen(
        [str(PROGRAM), *arguments, "--json", "--config", str(PROJECT / "config.yaml")],
        stdout=subprocess.PIPE,
        env=environment,
    )
    sampled = _Sampled(process.pid)
    output = process.stdout.read() if process.stdout else b""
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - started
    if status:
        sys.exit(f"{name} ended with status {os.waitstatus_to_exitcode(status)}")
    peak = max(sampled.peak_kibibytes(), usage.ru_maxrss) // KIBIBYTES_IN_MEBIBYTE
    measured = Measured(name, "", seconds, usage.ru_utime + usage.ru_stime, peak)
    return measured, json.loads(output)


class _Sampled:
    """Watches the memory of a process and its descendants from a thread."""

    def __init__(self, process: int) -> None:
        self._process = process
        self._peak = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def peak_kibibytes(self) -> int:
        self._ended.set()
        self._thread.join()
        return self._peak

    def _watch(self) -> None:
        while not self._ended.wait(SAMPLED_EVERY_SECONDS):
            self._peak = max(self._peak, _resident_kibibytes(self._process))


def _resident_kibibytes(process: int) -> int:
    """The resident sets of a process and its descendants; 0 where the system does not tell."""
    folder = Path(f"/proc/{process}")
    try:
        status = (folder / "status").read_text()
        children = " ".join(path.read_text() for path in folder.glob("task/*/children"))
    except OSError:  # it has just ended
        return 0
    own = [int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")]
    return sum(own) + sum(_resident_kibibytes(int(child)) for child in children.split())
