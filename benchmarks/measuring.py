"""Runs something as a process of its own and says what it took."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
PROGRAM = Path(sys.executable).with_name("publisher")
KEY = {"PUBLISHER_KEY": "benchmark-key-not-a-secret"}
KIBIBYTES_IN_MEBIBYTE = 1024
SAMPLED_EVERY_SECONDS = 0.2
FAILED = "ended with status"


@dataclass(frozen=True)
class Measured:
    """One command, run once as a process of its own, with the processes that it starts.

    `peak_mebibytes` is the largest sum of the resident sets of all of them, sampled every fifth
    of a second, and not less than the largest single one where the system kept it.
    """

    name: str
    rows: str
    seconds: float
    processor_seconds: float
    peak_mebibytes: int


@dataclass(frozen=True)
class Limits:
    """What a process may take before it is stopped."""

    seconds: float = float("inf")
    mebibytes: float = float("inf")


@dataclass(frozen=True)
class Ended:
    """A process that ended, or was ended.

    `stopped` says why it did not finish; blank when it did. `errors` is what it wrote to standard
    error: tools say there what they do next.
    """

    measured: Measured
    output: bytes
    stopped: str
    errors: str

    @property
    def stood(self) -> str:
        """What it did last."""
        lines = self.errors.strip().splitlines()
        return lines[-1].strip() if lines else ""


def run(name: str, *arguments: str) -> tuple[Measured, dict[str, Any]]:
    """Run one command of the program; give what it took and what it printed."""
    command = [str(PROGRAM), *arguments, "--json", "--config", str(PROJECT / "config.yaml")]
    ended = run_process(name, command)
    if ended.stopped:
        sys.exit(f"{name}: {ended.stopped}\n{ended.errors}")
    return ended.measured, json.loads(ended.output)


def run_process(
    name: str,
    command: Sequence[str],
    limits: Limits = Limits(),
    environment: Mapping[str, str] = KEY,
) -> Ended:
    """Run one process and those that it starts, to its end or to a limit."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        started = time.monotonic()
        process = subprocess.Popen(
            list(command),
            stdout=output,
            stderr=errors,
            env={**os.environ, **environment},
            start_new_session=True,
        )
        watch = _Watch(process.pid, limits)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - started
        watch.end()
        for file in (output, errors):
            file.seek(0)
        code = os.waitstatus_to_exitcode(status)
        peak = max(watch.peak_kibibytes, _own_peak(usage)) // KIBIBYTES_IN_MEBIBYTE
        processor = max(watch.processor_seconds, usage.ru_utime + usage.ru_stime)
        return Ended(
            Measured(name, "", seconds, processor, peak),
            output.read(),
            watch.stopped or (f"{FAILED} {code}" if code else ""),
            errors.read().decode(errors="replace"),
        )


def _own_peak(usage: resource.struct_rusage) -> int:
    """The largest resident set of an ended process in kibibytes; 0 where it is not known.

    Linux begins with the peak of the process that started it: what is not more says nothing.
    """
    ours = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return usage.ru_maxrss if usage.ru_maxrss > ours else 0


class _Watch:
    """Watches a process and its descendants from a thread; ends them at a limit.

    Processor time is watched too: the system forgets that of a process whose parent ends first.
    """

    def __init__(self, process: int, limits: Limits) -> None:
        self.peak_kibibytes = 0
        self.processor_seconds = 0.0
        self.stopped = ""
        self._process = process
        self._limits = limits
        self._started = time.monotonic()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Stop watching."""
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(SAMPLED_EVERY_SECONDS):
            resident, processor = _taken(self._process)
            self.peak_kibibytes = max(self.peak_kibibytes, resident)
            self.processor_seconds = max(self.processor_seconds, processor)
            self.stopped = self._reason(resident)
            if self.stopped:
                os.killpg(self._process, signal.SIGKILL)
                return

    def _reason(self, resident: int) -> str:
        if time.monotonic() - self._started > self._limits.seconds:
            return f"stopped after {self._limits.seconds:.0f} seconds"
        if resident > self._limits.mebibytes * KIBIBYTES_IN_MEBIBYTE:
            return f"stopped at {self._limits.mebibytes:,.0f} MiB of memory"
        return ""


def _taken(process: int) -> tuple[int, float]:
    """Resident kibibytes and processor seconds of a process and its descendants.

    Nothing where the system does not tell, or the process has just ended.
    """
    folder = Path(f"/proc/{process}")
    try:
        status = (folder / "status").read_text()
        times = (folder / "stat").read_text().rpartition(")")[2].split()[11:15]
        children = " ".join(path.read_text() for path in folder.glob("task/*/children"))
    except OSError:
        return 0, 0.0
    resident = sum(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    taken = [_taken(int(child)) for child in children.split()]
    own = sum(map(int, times)) / os.sysconf("SC_CLK_TCK")
    return resident + sum(each[0] for each in taken), own + sum(each[1] for each in taken)
