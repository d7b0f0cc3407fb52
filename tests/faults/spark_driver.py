"""Runs `publisher`, and kills Spark's Java process when the query STEP is to run.

python spark_driver.py STEP ARGUMENTS…
"""

import os
import signal
import sys

from pyspark import SparkContext

from publisher.aggregate.engine import Step
from publisher.aggregate.spark import SparkEngine
from publisher.cli import main

STEP = sys.argv.pop(1)
run = SparkEngine.run


def killing(self: SparkEngine, step: Step) -> None:
    if step.name == STEP:
        process = SparkContext._gateway.proc
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    run(self, step)


SparkEngine.run = killing
main()
