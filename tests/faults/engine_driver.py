"""Runs `publisher`, and has something happen to the embedded engine at the query STEP.

    python engine_driver.py WHAT STEP ARGUMENTS…

`dies`: the engine is gone. `full`: it needs more than its memory, and the disk takes no more.
`killed`: the process is killed. `no-spark`: PySpark is not installed, whatever the step.
"""

import os
import resource
import signal
import sys
from dataclasses import replace
from pathlib import Path

from publisher.aggregate.embedded import EmbeddedEngine
from publisher.aggregate.engine import Step, StepKind
from publisher.cli import main

WHAT, STEP = sys.argv.pop(1), sys.argv.pop(1)
LARGEST_FILE = 1_000_000
SPILLING = "SELECT n, hash(n) AS h, hash(n + 1) AS g FROM range(5000000) AS t(n) ORDER BY h, g"
WITHOUT_END = "SELECT n, hash(n) >> 1 AS h FROM range(5000000) AS t(n)"
run, write = EmbeddedEngine.run, EmbeddedEngine.write


def stumble(engine: EmbeddedEngine) -> None:
    if WHAT == "dies":
        engine.close()
    if WHAT == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if WHAT == "full":
        resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))


def stumbling(self: EmbeddedEngine, step: Step) -> None:
    if step.name == STEP:
        stumble(self)
    if step.name == STEP and WHAT == "full":
        kind = step.kind if step.kind is StepKind.FILED else StepKind.TABLE
        step = replace(step, sql=SPILLING, kind=kind)
    run(self, step)


def writing(self: EmbeddedEngine, step: Step) -> Path:
    if step.name == STEP:
        stumble(self)
    if step.name == STEP and WHAT == "full":
        step = replace(step, sql=WITHOUT_END)
    return write(self, step)


EmbeddedEngine.run, EmbeddedEngine.write = stumbling, writing
if WHAT == "no-spark":
    sys.modules["pyspark"] = None
main()
