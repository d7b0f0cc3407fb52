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

from publisher.aggregate.embedded import EmbeddedEngine
from publisher.aggregate.engine import Step, StepKind
from publisher.cli import main

WHAT, STEP = sys.argv.pop(1), sys.argv.pop(1)
LARGEST_FILE = 1_000_000
SPILLING = "SELECT n, hash(n) AS h, hash(n + 1) AS g FROM range(5000000) AS t(n) ORDER BY h, g"
run = EmbeddedEngine.run


def stumbling(self: EmbeddedEngine, step: Step) -> None:
    if step.name == STEP and WHAT == "dies":
        self.close()
    if step.name == STEP and WHAT == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if step.name == STEP and WHAT == "full":
        resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
        kind = step.kind if step.kind is StepKind.FILED else StepKind.TABLE
        step = replace(step, sql=SPILLING, kind=kind)
    run(self, step)


EmbeddedEngine.run = stumbling
if WHAT == "no-spark":
    sys.modules["pyspark"] = None
main()
